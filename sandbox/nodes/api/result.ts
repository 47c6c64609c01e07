import { NodeError } from '../errors.ts'
import { type ImageBatch, readPicture } from '../picture.ts'
import type { NodeContext } from '../types.ts'
import type { PartnerResult } from './ask-partner.ts'

/** The pictures of an answer; throws when there are none. */
export function picturesIn(result: PartnerResult): ImageBatch {
  const images = result.images ?? []
  if (images.length === 0) throw new NodeError('API Error: the partner sent no image.')
  return images.map((image) => readPicture(Buffer.from(image, 'base64'), "The partner's answer"))
}

export function textIn(result: PartnerResult): string {
  if (result.text === undefined) throw new NodeError('API Error: the partner sent no text.')
  return result.text
}

/** Stores the answer's first file in the output folder and returns its name. */
export async function keepFile(result: PartnerResult, context: NodeContext): Promise<string> {
  const file = result.files?.[0]
  const stored =
    file &&
    (await context.images.write(
      { type: 'output', subfolder: '', filename: file.name },
      Buffer.from(file.base64, 'base64'),
    ))
  if (!stored) throw new NodeError('API Error: the partner sent no file that can be stored.')
  return stored.filename
}

/** Partners take one picture: the first of a batch. */
export function firstPicture(images: ImageBatch): string {
  const [first] = images
  if (!first) throw new NodeError('The image input is empty.', 'ValueError')
  return first.png.toString('base64')
}
