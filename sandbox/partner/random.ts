import { createHash } from 'node:crypto'

/** Numbers in 0..1 that only depend on the seed's text, so that the same request draws the same. */
export type Random = () => number

/** 32 bits of the text's SHA-256. */
export function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0)
}

/** The mulberry32 generator: small, and good enough to choose colours with. */
export function randomFrom(seedText: string): Random {
  let state = hashOf(seedText)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
