import type { PNG } from 'pngjs'
import { z } from 'zod'
import { BadPicture, type Work } from './answer.ts'
import { drawLandscape } from './landscape.ts'
import { readPng } from './png.ts'
import { answerTo, cutToTokens, pictureTokens, textTokens } from './prose.ts'
import { hashOf } from './random.ts'
import { approach, brightness, enlarge, meanColour, recolour } from './retouch.ts'
import { meshOf, renderSolid, shapeFor } from './solid.ts'

/** One kind of call that the stand-in takes. A `polled` one answers with a job to poll. */
export interface Operation {
  readonly path: string
  readonly polled: boolean
  /** Throws a ZodError for a body that does not fit, BadPicture for one that is no PNG. */
  perform(body: unknown): Work
}

const prompt = z.string().max(20_000)
const seed = z.number().int().nonnegative().default(0)
const picture = z
  .string()
  .max(20_000_000)
  .transform((base64): PNG => {
    const png = readPng(Buffer.from(base64, 'base64'))
    if (!png) throw new BadPicture('image is not a PNG in base64')
    return png
  })

const VIDEO_FRAMES = 4
const WIDE = { width: 512, height: 288 }

function operation<Schema extends z.ZodType>(
  path: string,
  kind: 'direct' | 'polled',
  body: Schema,
  make: (body: z.infer<Schema>) => Work,
): Operation {
  return { path, polled: kind === 'polled', perform: (raw) => make(body.parse(raw)) }
}

const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64')

const moments = Array.from({ length: VIDEO_FRAMES }, (_, index) => index / VIDEO_FRAMES)

/** Width and height of 448 pixels' area or less for a ratio such as "16:9"; square when unreadable. */
function sizeOf(aspectRatio: string): { width: number; height: number } {
  const [across = 1, down = 1] = aspectRatio.split(':').map(Number)
  const ratio = across / down
  if (!Number.isFinite(ratio) || ratio <= 0) return { width: 448, height: 448 }
  return ratio >= 1
    ? { width: 512, height: Math.max(64, Math.round(512 / ratio)) }
    : { width: Math.max(64, Math.round(512 * ratio)), height: 512 }
}

function storyboard(name: string, frames: readonly Buffer[], seconds: number) {
  const text = JSON.stringify({ name, seconds, frames: frames.length })
  return { name: `${name}.storyboard.json`, base64: base64(text) }
}

const videos = [
  operation(
    '/tempo/v1/videos',
    'polled',
    z.object({
      prompt,
      duration: z.union([z.literal(5), z.literal(8), z.literal(10)]),
      resolution: z.enum(['720p', '1080p']),
      seed,
    }),
    (body) => {
      const key = `${body.prompt}#${body.seed}`
      const frames = moments.map((moment) => drawLandscape({ seed: key, ...WIDE, moment }))
      const name = `tempo-${hashOf(key).toString(16).padStart(8, '0')}`
      return {
        result: {
          images: frames.map(base64),
          files: [storyboard(name, frames, body.duration)],
        },
        usage: { seconds: body.duration },
      }
    },
  ),
  operation(
    '/tempo/v1/videos/from-image',
    'polled',
    z.object({ image: picture, duration: z.number().int().min(2).max(10) }),
    (body) => {
      const frames = moments.map((moment) => approach(body.image, moment))
      // The film stops where the motion ends, so its price is known only afterwards.
      const key = `${body.image.width}x${body.image.height}#${meanColour(body.image).join()}`
      const seconds = 2 + (hashOf(key) % (body.duration - 1))
      const name = `tempo-${hashOf(key).toString(16).padStart(8, '0')}`
      return {
        result: { images: frames.map(base64), files: [storyboard(name, frames, seconds)] },
        usage: { seconds },
      }
    },
  ),
]

const images = [
  operation(
    '/aurora/v1/images',
    'direct',
    z.object({
      prompt,
      quality: z.enum(['low', 'medium', 'high']),
      n: z.number().int().min(1).max(4),
      seed,
    }),
    (body) => {
      const side = { low: 256, medium: 384, high: 512 }[body.quality]
      const drawn = Array.from({ length: body.n }, (_, index) =>
        drawLandscape({
          seed: `${body.prompt}#${body.seed}#${index}`,
          width: side,
          height: side,
        }),
      )
      return { result: { images: drawn.map(base64) }, usage: { images: body.n } }
    },
  ),
  operation(
    '/aurora/v1/images/ultra',
    'polled',
    z.object({ prompt, aspect_ratio: z.string().max(20), seed }),
    (body) => ({
      result: {
        images: [
          base64(
            drawLandscape({ seed: `${body.prompt}#${body.seed}`, ...sizeOf(body.aspect_ratio) }),
          ),
        ],
      },
      usage: { images: 1 },
    }),
  ),
  operation(
    '/aurora/v1/edits',
    'direct',
    z.object({ prompt, image: picture, strength: z.number().min(0).max(1) }),
    (body) => ({
      result: {
        images: [base64(recolour(body.image, { seed: body.prompt, strength: body.strength }))],
      },
      usage: { images: 1 },
    }),
  ),
  operation(
    '/aurora/v1/upscale',
    'polled',
    z.object({ image: picture, factor: z.union([z.literal(2), z.literal(4)]) }),
    (body) => ({
      result: { images: [base64(enlarge(body.image, body.factor))] },
      usage: {
        images: 1,
        megapixels: (body.image.width * body.image.height * body.factor ** 2) / 1_000_000,
      },
    }),
  ),
]

const texts = [
  operation(
    '/lexis/v1/chat',
    'direct',
    z.object({
      prompt,
      model: z.enum(['lexis-small', 'lexis-large']),
      max_tokens: z.number().int().min(1).max(8192),
    }),
    (body) => {
      const paragraphs = body.model === 'lexis-large' ? 6 : 3
      const text = cutToTokens(
        answerTo(body.prompt, `${body.model}#${body.prompt}`, paragraphs),
        body.max_tokens,
      )
      return {
        result: { text },
        usage: { input_tokens: textTokens(body.prompt), output_tokens: textTokens(text) },
      }
    },
  ),
  operation(
    '/lexis/v1/vision',
    'direct',
    z.object({ prompt, image: picture }),
    ({ prompt: question, image }) => {
      const mean = meanColour(image)
      const light = brightness(mean) < 0.4 ? 'dark' : brightness(mean) > 0.65 ? 'light' : 'balanced'
      const text = [
        `The picture is ${image.width} by ${image.height} pixels and ${light} on the whole;`,
        `its mean colour is rgb(${mean.join(', ')}).`,
        answerTo(question, `${question}#${mean.join()}`, 2),
      ].join(' ')
      return {
        result: { text },
        usage: {
          input_tokens: textTokens(question) + pictureTokens(image.width, image.height),
          output_tokens: textTokens(text),
        },
      }
    },
  ),
]

const models = [
  operation('/forma/v1/models', 'polled', z.object({ prompt, texture: z.boolean() }), (body) => {
    const shape = shapeFor(body.prompt)
    const name = `forma-${hashOf(body.prompt).toString(16).padStart(8, '0')}.obj`
    return {
      result: {
        images: [base64(renderSolid(shape, body.texture))],
        files: [{ name, base64: base64(meshOf(shape)) }],
      },
      usage: {},
    }
  }),
]

export const operations: readonly Operation[] = [...images, ...videos, ...texts, ...models]
