import { pauseWhenDue } from '../composables/next-task.ts'

/** So much is decoded at once, whatever pieces a browser would stream. */
const CHUNK_BYTES = 256 * 1024

/** In place of a line that is longer than any of ours: what is in it is never held. */
export const TOO_LONG = Symbol('too-long')

export type Line = string | typeof TOO_LONG

export interface LineOptions {
  readonly maxLength: number
  /** Called with how much of the file has been read, from 0 to 1. */
  readonly onProgress: (share: number) => void
}

/** Lines that have something in them, without white space around, as they come from the disk. */
export async function* linesOf(
  file: Blob,
  { maxLength, onProgress }: LineOptions,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  const lines = new Splitter(maxLength)
  const pause = pauseWhenDue()
  for (let read = 0; read < file.size; read += CHUNK_BYTES) {
    await pause()
    const bytes = await file.slice(read, read + CHUNK_BYTES).arrayBuffer()
    yield* lines.split(decoder.decode(bytes, { stream: true }))
    onProgress(Math.min(1, (read + CHUNK_BYTES) / file.size))
  }
  yield* lines.split(`${decoder.decode()}\n`)
}

/** Holds the beginning of a line until its end has come, and no more of it than `maxLength`. */
class Splitter {
  #parts: string[] = []
  #length = 0

  constructor(private readonly maxLength: number) {}

  *split(text: string): Generator<Line> {
    for (let from = 0; ;) {
      const end = text.indexOf('\n', from)
      const part = text.slice(from, end === -1 ? text.length : end)
      if (this.#add(part)) yield TOO_LONG
      if (end === -1) return
      const line = this.#parts.join('').trim()
      if (line !== '') yield line
      this.#parts = []
      this.#length = 0
      from = end + 1
    }
  }

  /** True when the line has become too long just now; the rest of it is dropped. */
  #add(part: string): boolean {
    const wasTooLong = this.#length > this.maxLength
    this.#length += part.length
    const isTooLong = this.#length > this.maxLength
    if (isTooLong) this.#parts = []
    else this.#parts.push(part)
    return isTooLong && !wasTooLong
  }
}
