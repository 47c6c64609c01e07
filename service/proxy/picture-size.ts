const SIGNATURE = '89504e470d0a1a0a'
/** The signature, and the first chunk up to its width and height: 24 bytes. */
const HEADER_BASE64 = 32
const WIDTH_AT = 16
const HEIGHT_AT = 20

/** Of a PNG in base64, by its header alone; null for anything else. */
function sizeOf(base64: string): { width: number; height: number } | null {
  const header = Buffer.from(base64.slice(0, HEADER_BASE64), 'base64')
  if (header.length <= HEIGHT_AT + 3 || header.toString('hex', 0, 8) !== SIGNATURE) return null
  return { width: header.readUInt32BE(WIDTH_AT), height: header.readUInt32BE(HEIGHT_AT) }
}

/** 0 where the picture cannot be read; then the partner alone knows. */
export function megapixelsOf(base64: string): number {
  const size = sizeOf(base64)
  return size === null ? 0 : (size.width * size.height) / 1_000_000
}

const TILE = 64
const BASE_TOKENS = 100
const TOKENS_PER_TILE = 20

/** What a model reads a picture as: no more than so many tokens for each tile, as a rule. */
export function tokensOfPicture(base64: string): number {
  const { width, height } = sizeOf(base64) ?? { width: 0, height: 0 }
  return base64 === ''
    ? 0
    : BASE_TOKENS + TOKENS_PER_TILE * Math.ceil(width / TILE) * Math.ceil(height / TILE)
}
