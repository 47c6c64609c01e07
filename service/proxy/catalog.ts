import * as z from 'zod'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'

/**
 * What may be called, and what it costs. A price is worked out twice: as an estimate before the
 * call, from the request, and as the charge after it, from what the partner says was used. Where
 * the partner says nothing, the request decides.
 */

/** More than any call does, and little enough for its price to be a number that can be counted. */
const MAX_COUNT = 1e9

const count = z
  .custom<number>((value) => typeof value === 'number' && value >= 0)
  .transform((value) => Math.min(value, MAX_COUNT))

/** What a partner reports of its own work. */
const usageSchema = z.looseObject({
  images: count.nullish(),
  seconds: count.nullish(),
  megapixels: count.nullish(),
  input_tokens: count.nullish(),
  output_tokens: count.nullish(),
})

/** A partner's answer to a create call, as far as a price needs it. */
export const partnerAnswerSchema = z.looseObject({ usage: usageSchema.nullish() })
export type Usage = z.infer<typeof usageSchema>

export interface PricedCall {
  /** Integer micro-USD. */
  readonly usdMicros: number
  readonly model: string
}

export interface Product {
  readonly path: string
  readonly apiName: string
  /** The largest request. Nodes send their pictures inside the JSON. */
  readonly maxBytes: number
  /**
   * `usage` is empty for an estimate. Throws a ZodError when the request does not determine a
   * price.
   */
  price(request: unknown, usage: Usage): PricedCall
}

const MEGABYTE = 1024 * 1024
const PICTURES_MAX_BYTES = 40 * MEGABYTE

function product<T>(
  path: string,
  apiName: string,
  request: z.ZodType<T>,
  price: (body: T, usage: Usage) => { usd: number; model: string } | PricedCall,
  maxBytes = MEGABYTE,
): Product {
  return {
    path,
    apiName,
    maxBytes,
    price(body, usage) {
      const priced = price(request.parse(body), usage)
      return 'usd' in priced
        ? { usdMicros: usdMicrosFromUsd(priced.usd), model: priced.model }
        : priced
    },
  }
}

const imageUsd = { low: 0.02, medium: 0.05, high: 0.19 } as const
const videoUsdPerSecond = { '720p': 0.07, '1080p': 0.12 } as const

/** Micro-USD for a million tokens. */
const chatRates = {
  'lexis-small': { input: 250_000, output: 1_000_000 },
  'lexis-large': { input: 1_250_000, output: 10_000_000 },
} as const
type ChatModel = keyof typeof chatRates

/** Estimates a text's tokens: four letters each, as a rule of thumb. */
const LETTERS_PER_TOKEN = 4
const DEFAULT_MAX_TOKENS = 1_024

function priceOfTokens(
  model: ChatModel,
  body: { prompt: string; max_tokens: number },
  usage: Usage,
): PricedCall {
  const rate = chatRates[model]
  const input = usage.input_tokens ?? Math.ceil(body.prompt.length / LETTERS_PER_TOKEN)
  const output = usage.output_tokens ?? body.max_tokens
  // Rounded up: a started micro-dollar counts.
  const usdMicros = Math.ceil((input * rate.input + output * rate.output) / 1_000_000)
  return { usdMicros, model }
}

const anything = z.looseObject({})
const chatRequest = {
  prompt: z.string().default(''),
  max_tokens: z.number().int().positive().max(1_000_000).default(DEFAULT_MAX_TOKENS),
}

export const products: readonly Product[] = [
  product(
    '/aurora/v1/images',
    'Aurora Images',
    z.looseObject({
      quality: z.enum(['low', 'medium', 'high']).default('low'),
      n: z.number().int().min(1).max(4).default(1),
    }),
    ({ quality, n }, { images }) => ({
      usd: imageUsd[quality] * (images ?? n),
      model: `aurora-image-${quality}`,
    }),
  ),
  product('/aurora/v1/images/ultra', 'Aurora Images', anything, () => ({
    usd: 0.06,
    model: 'aurora-image-ultra',
  })),
  product(
    '/aurora/v1/edits',
    'Aurora Edits',
    anything,
    () => ({ usd: 0.04, model: 'aurora-edit' }),
    PICTURES_MAX_BYTES,
  ),
  product(
    '/aurora/v1/upscale',
    'Aurora Upscale',
    z.looseObject({ factor: z.union([z.literal(2), z.literal(4)]).default(2) }),
    (_, { megapixels }) => ({
      usd: Math.max(0.01, 0.01 * (megapixels ?? 0)),
      model: 'aurora-upscale',
    }),
    PICTURES_MAX_BYTES,
  ),
  product(
    '/tempo/v1/videos',
    'Tempo Videos',
    z.looseObject({
      duration: z.union([z.literal(5), z.literal(8), z.literal(10)]).default(5),
      resolution: z.enum(['720p', '1080p']).default('720p'),
    }),
    ({ duration, resolution }, { seconds }) => ({
      usd: videoUsdPerSecond[resolution] * (seconds ?? duration),
      model: `tempo-video-${resolution}`,
    }),
  ),
  product(
    '/tempo/v1/videos/from-image',
    'Tempo Videos',
    z.looseObject({ duration: z.number().positive().max(60).default(5) }),
    ({ duration }, { seconds }) => ({
      usd: Math.min(0.5, Math.max(0.1, 0.05 * (seconds ?? duration))),
      model: 'tempo-video-from-image',
    }),
    PICTURES_MAX_BYTES,
  ),
  product(
    '/lexis/v1/chat',
    'Lexis Chat',
    z.looseObject({
      ...chatRequest,
      model: z.enum(['lexis-small', 'lexis-large']).default('lexis-small'),
    }),
    (body, usage) => priceOfTokens(body.model, body, usage),
  ),
  product(
    '/lexis/v1/vision',
    'Lexis Vision',
    z.looseObject(chatRequest),
    (body, usage) => priceOfTokens('lexis-large', body, usage),
    PICTURES_MAX_BYTES,
  ),
  product(
    '/forma/v1/models',
    'Forma Models',
    z.looseObject({ texture: z.boolean().default(false) }),
    ({ texture }) => ({ usd: texture ? 0.8 : 0.4, model: 'forma-model' }),
  ),
]

/** The product that a POST to this path (without `/proxy`) buys, or null. */
export function findProduct(path: string): Product | null {
  return products.find((candidate) => candidate.path === path) ?? null
}
