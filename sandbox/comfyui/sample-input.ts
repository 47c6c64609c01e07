import { drawLandscape } from '../partner/landscape.ts'
import type { ImageStore } from '../nodes/image-store.ts'

const SAMPLE = { filename: 'sample.png', subfolder: '', type: 'input' } as const

/** Puts a picture into the input folder if it has none, so that Load Image has one to offer. */
export async function provideSampleInput(images: ImageStore): Promise<void> {
  if ((await images.inputNames()).length > 0) return
  await images.write(SAMPLE, drawLandscape({ seed: 'sample', width: 384, height: 256 }))
}
