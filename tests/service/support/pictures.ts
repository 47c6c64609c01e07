import { PNG } from 'pngjs'

/** The header of a PNG with that size, and nothing of the picture, in base64. */
function pictureOf(width: number, height: number): string {
  const png = PNG.sync.write(new PNG({ width: 1, height: 1 }))
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  return png.toString('base64')
}

/** One pixel: nothing costs less. */
export const smallPicture = pictureOf(1, 1)

/** 16 megapixels, which a factor of 2 makes 64. */
export const bigPicture = pictureOf(4_000, 4_000)
