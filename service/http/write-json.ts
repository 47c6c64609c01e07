import { setImmediate as nextTurn } from 'node:timers/promises'

const LARGE_LENGTH = 1024 * 1024

/** As UTF-8. A large text is written and encoded in turns of their own, between other requests. */
export async function writeJson(value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const text = JSON.stringify(value)
  if (text.length > LARGE_LENGTH) await nextTurn()
  const bytes = new TextEncoder().encode(text)
  if (text.length > LARGE_LENGTH) await nextTurn()
  return bytes
}
