import { PNG } from 'pngjs'
import { z } from 'zod'
import { NodeError } from './errors.ts'

/** One picture on its way between nodes. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly png: Buffer
}

/** A value of type IMAGE: a batch of one or more pictures, as in ComfyUI. */
export type ImageBatch = readonly Picture[]

const pictureSchema = z.object({
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  png: z.instanceof(Buffer),
})

export const imageBatchSchema = z.array(pictureSchema).nonempty()

/** Reads a PNG; throws a NodeError for anything else. `what` names it in the message. */
export function readPicture(png: Buffer, what: string): Picture {
  try {
    const { width, height } = PNG.sync.read(png)
    return { width, height, png }
  } catch (error) {
    throw new NodeError(
      `${what} is not a PNG image; this sandbox reads no other kind.`,
      'ValueError',
      {
        cause: error,
      },
    )
  }
}
