import { readFileSync } from 'node:fs'
import { EstimateInputError } from '../../src/estimate/prompt.ts'

/** Why a file cannot be used. `code` is permanent. */
export class FileError extends Error {
  override readonly name = 'FileError'

  constructor(
    readonly path: string,
    readonly code: 'file-unreadable' | 'not-json' | EstimateInputError['code'],
    message: string,
  ) {
    super(message)
  }
}

/** Reads a JSON file and makes something of it. Throws a FileError. */
export function readJsonAs<T>(path: string, make: (json: unknown) => T): T {
  try {
    return make(parse(path, read(path)))
  } catch (error) {
    if (!(error instanceof EstimateInputError)) throw error
    throw new FileError(path, error.code, error.message)
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

/** Without the byte order mark of some editors; PowerShell's `>` writes UTF-16. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes
  const isUtf16 = first === 0xff && second === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes)
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
