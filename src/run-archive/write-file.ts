import { END, headLine, type FileEntry } from './file-format.ts'
import type { Entries } from './port.ts'

interface WriteOptions {
  readonly at: number
  readonly signal: AbortSignal
  /** The limits that are set for the account; null for none. */
  readonly limits?: object | null
}

/**
 * The parts of a file, in order; each is held by the browser and not in the page's memory. Ends
 * early where `signal` aborts: what there is by then is not a whole file.
 */
export async function writeEntries(
  accountKey: string,
  pieces: AsyncIterable<readonly FileEntry[]>,
  { signal, ...head }: WriteOptions,
): Promise<Blob[]> {
  const parts = [new Blob([headLine(accountKey, head)])]
  let separator = '\n'
  for await (const entries of pieces) {
    if (signal.aborted) return parts
    if (entries.length === 0) continue
    const lines = entries.map((entry) => JSON.stringify(entry)).join(',\n')
    parts.push(new Blob([separator, lines]))
    separator = ',\n'
  }
  return [...parts, new Blob([`\n${END}\n`])]
}

/** A file of what is stored. `onProgress` is called with how many runs have been written. */
export function fileParts(
  accountKey: string,
  pieces: AsyncIterable<Entries>,
  { onProgress, ...options }: WriteOptions & { readonly onProgress: (runs: number) => void },
): Promise<Blob[]> {
  return writeEntries(accountKey, fileEntries(pieces, onProgress), options)
}

async function* fileEntries(
  pieces: AsyncIterable<Entries>,
  onProgress: (runs: number) => void,
): AsyncGenerator<readonly FileEntry[]> {
  let written = 0
  for await (const { runs, readings, events } of pieces) {
    yield [
      ...runs.map(runEntry),
      ...readings.map((reading): FileEntry => ({ reading })),
      ...events.map((event): FileEntry => ({ events: [event] })),
    ]
    written += runs.length
    onProgress(written)
  }
}

/** Its billing account is the file's, and begins with the id of an account. */
export function runEntry({ run, verdict }: Entries['runs'][number]): FileEntry {
  return { run: { ...run, purse: null }, verdict }
}
