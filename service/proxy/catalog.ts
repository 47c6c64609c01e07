import * as z from 'zod'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { megapixelsOf, sizeOfPicture, tokensOfPicture, type PictureSize } from './picture-size.ts'

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
const usageSchema = z.object({
  images: count.nullish(),
  seconds: count.nullish(),
  megapixels: count.nullish(),
  input_tokens: count.nullish(),
  output_tokens: count.nullish(),
})

/** A partner's answer to a create call, as far as a price needs it. */
export const partnerAnswerSchema = z.object({ usage: usageSchema.nullish() })
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
   * What the price depends on: small, and JSON, so that it can be stored with a call. Throws a
   * ZodError when the request does not determine a price.
   */
  terms(request: unknown): unknown
  /** `usage` is empty for an estimate. Throws a ZodError for what are no terms of this product. */
  price(terms: unknown, usage: Usage): PricedCall
}

const MEGABYTE = 1024 * 1024
/** 20 MB of picture and the rest. */
const PICTURES_MAX_BYTES = 24 * MEGABYTE

/** How a product's terms are read: from a request, and as they were stored. */
interface TermsSchemas<T> {
  readonly request: z.ZodType<T>
  readonly stored: z.ZodType<T>
}

function product<T>(
  path: string,
  apiName: string,
  schemas: z.ZodType<T> | TermsSchemas<T>,
  price: (terms: T, usage: Usage) => { usd: number; model: string } | PricedCall,
  maxBytes = MEGABYTE,
): Product {
  const { request, stored } = 'stored' in schemas ? schemas : { request: schemas, stored: schemas }
  return {
    path,
    apiName,
    maxBytes,
    terms: (body) => request.parse(body),
    price(terms, usage) {
      const priced = price(stored.parse(terms), usage)
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

/** Estimates a text's tokens: four bytes each, as a rule of thumb. */
const BYTES_PER_TOKEN = 4
const DEFAULT_MAX_TOKENS = 1_024

const tokenTerms = { input_tokens: z.number(), max_tokens: z.number() }

function priceOfTokens(
  model: ChatModel,
  terms: { input_tokens: number; max_tokens: number },
  usage: Usage,
): PricedCall {
  const rate = chatRates[model]
  const input = usage.input_tokens ?? terms.input_tokens
  const output = usage.output_tokens ?? terms.max_tokens
  // Rounded up: a started micro-dollar counts.
  const usdMicros = Math.ceil((input * rate.input + output * rate.output) / 1_000_000)
  return { usdMicros, model }
}

function tokensOfText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN)
}

const nothing = z.object({})
/**
 * A picture, of which the price depends on the size. One whose size cannot be read has no price: a
 * partner may read it all the same, and would work for a hundred times the least estimate.
 */
const picture = z.string().transform((base64, context): PictureSize => {
  const size = sizeOfPicture(base64)
  if (size !== null) return size
  context.addIssue({ code: 'custom', message: 'must be a PNG in base64' })
  return z.NEVER
})
const chatRequest = {
  prompt: z.string().default(''),
  max_tokens: z.number().int().positive().max(1_000_000).default(DEFAULT_MAX_TOKENS),
}
const chatModel = z.enum(['lexis-small', 'lexis-large']).default('lexis-small')
const upscaleFactor = z.union([z.literal(2), z.literal(4)]).default(2)

export const products: readonly Product[] = [
  product(
    '/aurora/v1/images',
    'Aurora Images',
    z.object({
      quality: z.enum(['low', 'medium', 'high']).default('low'),
      n: z.number().int().min(1).max(4).default(1),
    }),
    ({ quality, n }, { images }) => ({
      usd: imageUsd[quality] * (images ?? n),
      model: `aurora-image-${quality}`,
    }),
  ),
  product('/aurora/v1/images/ultra', 'Aurora Images', nothing, () => ({
    usd: 0.06,
    model: 'aurora-image-ultra',
  })),
  product(
    '/aurora/v1/edits',
    'Aurora Edits',
    nothing,
    () => ({ usd: 0.04, model: 'aurora-edit' }),
    PICTURES_MAX_BYTES,
  ),
  product(
    '/aurora/v1/upscale',
    'Aurora Upscale',
    {
      request: z
        .object({ factor: upscaleFactor, image: picture })
        .transform(({ factor, image }) => ({
          megapixels: Math.min(megapixelsOf(image) * factor ** 2, MAX_COUNT),
        })),
      stored: z.object({ megapixels: z.number() }),
    },
    (terms, { megapixels }) => ({
      usd: Math.max(0.01, 0.01 * (megapixels ?? terms.megapixels)),
      model: 'aurora-upscale',
    }),
    PICTURES_MAX_BYTES,
  ),
  product(
    '/tempo/v1/videos',
    'Tempo Videos',
    z.object({
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
    z.object({ duration: z.number().positive().max(60).default(5) }),
    ({ duration }, { seconds }) => ({
      usd: Math.min(0.5, Math.max(0.1, 0.05 * (seconds ?? duration))),
      model: 'tempo-video-from-image',
    }),
    PICTURES_MAX_BYTES,
  ),
  product(
    '/lexis/v1/chat',
    'Lexis Chat',
    {
      request: z
        .object({ ...chatRequest, model: chatModel })
        .transform(({ prompt, ...terms }) => ({ ...terms, input_tokens: tokensOfText(prompt) })),
      stored: z.object({ ...tokenTerms, model: chatModel }),
    },
    (terms, usage) => priceOfTokens(terms.model, terms, usage),
  ),
  product(
    '/lexis/v1/vision',
    'Lexis Vision',
    {
      request: z
        .object({ ...chatRequest, image: picture })
        .transform(({ prompt, image, max_tokens }) => ({
          max_tokens,
          input_tokens: Math.min(tokensOfText(prompt) + tokensOfPicture(image), MAX_COUNT),
        })),
      stored: z.object(tokenTerms),
    },
    (terms, usage) => priceOfTokens('lexis-large', terms, usage),
    PICTURES_MAX_BYTES,
  ),
  product(
    '/forma/v1/models',
    'Forma Models',
    z.object({ texture: z.boolean().default(false) }),
    ({ texture }) => ({ usd: texture ? 0.8 : 0.4, model: 'forma-model' }),
  ),
]

/** The product that a POST to this path (without `/proxy`) buys, or null. */
export function findProduct(path: string): Product | null {
  return products.find((candidate) => candidate.path === path) ?? null
}
