/** What is believed of an announced length. */
const MOST_RESERVED = 32 * 1024 * 1024

/**
 * Puts together what arrives in pieces, each as it comes: a copy of 23 MB at the end would hold the event
 * loop for 20 ms. So many bytes are reserved, of which the system gives only what is written.
 */
export async function gather(
  pieces: AsyncIterable<Uint8Array>,
  expected: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(expected > 0 ? Math.min(expected, MOST_RESERVED) : 0)
  let size = 0
  for await (const piece of pieces) {
    const needed = size + piece.length
    if (needed > bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * bytes.length))
      larger.set(bytes)
      bytes = larger
    }
    bytes.set(piece, size)
    size = needed
  }
  return bytes.subarray(0, size)
}

/** The same pieces, up to that many bytes. Throws what `tooLarge` makes beyond, and reads no further. */
export async function* bounded(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Error,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of pieces) {
    size += piece.length
    if (size > maxBytes) throw tooLarge()
    yield piece
  }
}
