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
  try {
    return make(parse(path, read(path)))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new FileError(path, error.code, error.message)
  }
}

/** Names the file on standard error and lets the command fail. Throws any other error. */
export function reportFileError(error: unknown): void {
  if (!(error instanceof FileError)) throw error
  console.error(`${error.path}: ${error.code}. ${error.message}`)
  process.exitCode = 1
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

/** Without the byte order mark of some editors; PowerShell's `>` writes UTF-16. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes
  const isUtf16 = first === 0xff && second === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes)
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
