/** A PNG's signature, and the length and type of its first chunk, which has the width and height. */
const BEGINNING = '89504e470d0a1a0a0000000d49484452'
/** Up to the width and height: 24 bytes. */
const HEADER_BASE64 = 32
const WIDTH_AT = 16
const HEIGHT_AT = 20

export interface PictureSize {
  readonly width: number
  readonly height: number
}

/**
 * Of a PNG in base64, by its header alone; null for anything else, and for what only a lenient decoder
 * reads, such as base64 after a line break.
 */
export function sizeOfPicture(base64: string): PictureSize | null {
  const header = Buffer.from(base64.slice(0, HEADER_BASE64), 'base64')
  if (header.length <= HEIGHT_AT + 3 || header.toString('hex', 0, WIDTH_AT) !== BEGINNING)
    return null
  return { width: header.readUInt32BE(WIDTH_AT), height: header.readUInt32BE(HEIGHT_AT) }
}

export function megapixelsOf({ width, height }: PictureSize): number {
  return (width * height) / 1_000_000
}

const TILE = 64
const BASE_TOKENS = 100
const TOKENS_PER_TILE = 20

/** What a model reads a picture as: no more than so many tokens for each tile, as a rule. */
export function tokensOfPicture({ width, height }: PictureSize): number {
  return BASE_TOKENS + TOKENS_PER_TILE * Math.ceil(width / TILE) * Math.ceil(height / TILE)
}
