import { setImmediate as nextTurn } from 'node:timers/promises'
import { isStorable } from '../database/columns.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext } from './app-env.ts'
import { JsonScan, type ScanFault } from './json-scan.ts'

/** Larger texts are decoded and parsed in turns of their own, between other requests. */
const LARGE_BYTES = 1024 * 1024
/** Seeds go up to 2^64. Beyond that no number means anything, and sums of prices would break. */
const MAX_NUMBER = 2 ** 64

/** The body as it was sent. Throws `bad-request` (413) beyond the limit, without reading on. */
export async function readText(c: AppContext, maxBytes: number): Promise<string> {
  return decode(await readBytes(c, maxBytes))
}

/**
 * The body, parsed; undefined for an empty one. Throws `bad-request` for what is too large (413), is
 * no JSON, or could be read in two ways: the same key twice, or a number nobody can count with.
 */
export async function readJson(c: AppContext, maxBytes: number): Promise<unknown> {
  const scan = new JsonScan()
  const bytes = await readBytes(c, maxBytes, (chunk) => {
    const fault = scan.feed(chunk)
    if (fault !== null) throw new ServiceError('bad-request', wordsOf[fault])
  })
  if (bytes.length === 0) return undefined
  const turn = () => (bytes.length > LARGE_BYTES ? nextTurn() : undefined)
  await turn()
  const text = decode(bytes)
  await turn()
  const value = parse(text)
  await turn()
  if (checkValues(value) !== scan.members) {
    throw new ServiceError('bad-request', 'The body has the same key twice in one object.')
  }
  return value
}

const wordsOf: Readonly<Record<ScanFault, string>> = {
  'too-deep': 'The body is nested too deeply.',
  'too-many-parts': 'The body has too many parts.',
}

async function readBytes(
  c: AppContext,
  maxBytes: number,
  onChunk: (chunk: Uint8Array) => void = () => {},
): Promise<Buffer> {
  if (Number(c.req.header('Content-Length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = c.req.raw.body?.getReader()
  if (!reader) return Buffer.alloc(0)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return Buffer.concat(chunks)
      size += value.length
      if (size > maxBytes) throw tooLarge(maxBytes)
      onChunk(value)
      chunks.push(value)
    }
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw new ServiceError('bad-request', 'The body did not arrive whole.', { cause: error })
  } finally {
    reader.releaseLock()
  }
}

function tooLarge(maxBytes: number): ServiceError {
  return new ServiceError('bad-request', `The body is larger than ${maxBytes} bytes.`, {
    status: 413,
  })
}

function decode(bytes: Buffer): string {
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
