import { isStorable } from '../database/storable.ts'
import { ServiceError } from '../errors.ts'

/** Seeds go up to 2^64. Beyond that no number means anything, and sums of prices would break. */
const MAX_NUMBER = 2 ** 64

/** JSON as it arrived, looked at by JsonScan but not parsed. */
export interface ArrivedJson {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The members of all its objects, as written. */
  readonly members: number
}

/**
 * The value; undefined for no bytes at all. Throws `bad-request` for what is no JSON, or could be read
 * in two ways: the same key twice, or a number nobody can count with.
 */
export function parseJson({ bytes, members }: ArrivedJson): unknown {
  if (bytes.length === 0) return undefined
  const value = parse(decode(bytes))
  if (checkValues(value) !== members) {
    throw new ServiceError('bad-request', 'The body has the same key twice in one object.')
  }
  return value
}

/** UTF-8, or `bad-request`. */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ServiceError('bad-request', 'The body is not UTF-8.', { cause: error })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ServiceError('bad-request', 'The body is not JSON.', { cause: error })
  }
}

/** How many members its objects have; throws for values that the database or a sum cannot take. */
function checkValues(root: unknown): number {
  let members = 0
  const left: unknown[] = [root]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string') checkText(value)
    if (typeof value === 'number' && !(Math.abs(value) <= MAX_NUMBER)) {
      throw new ServiceError('bad-request', 'The body has a number that is too large.')
    }
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value)) left.push(...(value as unknown[]))
    else {
      for (const [key, child] of Object.entries(value)) {
        members += 1
        checkText(key)
        left.push(child)
      }
    }
  }
  return members
}

function checkText(text: string): void {
  if (isStorable(text)) return
  throw new ServiceError('bad-request', 'The body has a NUL character (\\u0000).')
}
