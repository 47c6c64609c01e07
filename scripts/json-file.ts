import { readFileSync } from 'node:fs'
import process from 'node:process'

/** Why a file that a command was given cannot be used. `code` is permanent. */
class FileError extends Error {
  override readonly name = 'FileError'

  constructor(
    readonly path: string,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/** What a reader throws for JSON that is something else. */
type Refusal = abstract new (...args: never[]) => Error & { readonly code: string }

/** Reads a JSON file and makes something of it, or throws for `reportFileError`. */
export function readJsonAs<T>(path: string, make: (json: unknown) => T, Refused: Refusal): T {
  return makeOf(path, read(path), make, Refused)
}

/** The same for what a server answers. */
export async function fetchJsonAs<T>(
  url: string,
  make: (json: unknown) => T,
  Refused: Refusal,
): Promise<T> {
  return makeOf(url, await download(url), make, Refused)
}

/** Names the file on standard error and lets the command fail. Throws any other error. */
export function reportFileError(error: unknown): void {
  if (!(error instanceof FileError)) throw error
  console.error(`${error.path}: ${error.code}. ${error.message}`)
  process.exitCode = 1
}

function makeOf<T>(
  path: string,
  bytes: Uint8Array,
  make: (json: unknown) => T,
  Refused: Refusal,
): T {
  try {
    return make(parse(path, bytes))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new FileError(path, error.code, error.message)
  }
}

const TIMEOUT_MS = 30_000

async function download(url: string): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (response.ok) return new Uint8Array(await response.arrayBuffer())
    throw new Error(`it answered ${response.status}`)
  } catch (error) {
    throw new FileError(url, 'unreachable', `It gives no answer: ${messageOf(error)}.`)
  }
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new FileError(path, 'file-unreadable', `It cannot be read: ${messageOf(error)}.`)
  }
}

function parse(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decode(bytes))
  } catch (error) {
    throw new FileError(path, 'not-json', `It is not JSON: ${messageOf(error)}.`)
  }
}

/** Without the byte order mark of some editors; PowerShell writes UTF-16 in either byte order. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes)
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

/** Node's fetch says "fetch failed", and has the reason in the cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? messageOf(error.cause) : error.message
}
