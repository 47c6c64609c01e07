/** Deeper than any request that means something; a parser pays for each level. */
const MAX_DEPTH = 64
/** Commas and colons: about twice as many as a large workflow's inputs. */
const MAX_PARTS = 50_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a

export type ScanFault = 'too-deep' | 'too-many-parts'

/**
 * Looks at JSON as it arrives, without parsing it: 60 MB of `[` would hold the event loop for most of
 * a minute, and are refused here after 65 bytes. It does not check whether it is JSON.
 */
export class JsonScan {
  #depth = 0
  #parts = 0
  #inText = false
  #escaped = false
  /** The members of all objects, as written: a key that stands twice counts twice. */
  members = 0

  /** The first fault, or null. */
  feed(chunk: Uint8Array): ScanFault | null {
    for (const byte of chunk) {
      if (this.#inText) this.#text(byte)
      else if (byte === QUOTE) this.#inText = true
      else if (byte === COMMA || byte === COLON) {
        this.#parts += 1
        if (byte === COLON) this.members += 1
        if (this.#parts > MAX_PARTS) return 'too-many-parts'
      } else this.#bracket(byte)
      if (this.#depth > MAX_DEPTH) return 'too-deep'
    }
    return null
  }

  #text(byte: number): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === BACKSLASH) this.#escaped = true
    else if (byte === QUOTE) this.#inText = false
  }

  #bracket(byte: number): void {
    // [ and {, then ] and }.
    if (byte === 0x5b || byte === 0x7b) this.#depth += 1
    else if (byte === 0x5d || byte === 0x7d) this.#depth -= 1
  }
}
