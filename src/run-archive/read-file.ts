import { pauseWhenDue } from '../composables/next-task.ts'
import { linesOf, TOO_LONG, type Line } from './file-lines.ts'
import { accountDigest, END, entriesOf, readHead, VERSION } from './file-format.ts'
import type { Archive } from './port.ts'
import { EntryReader } from './read-entry.ts'

/**
 * Why nothing of a file was read. `other-account`: the file is fine, and belongs to another account.
 * `unknown-account`: it does not say to which.
 */
export type Refusal =
  | 'not-json'
  | 'not-ours'
  | 'newer-version'
  | 'other-account'
  | 'unknown-account'

export interface Imported {
  /** How many runs the file has, as far as it was read. */
  readonly runs: number
  /** Those of them that were not stored before. */
  readonly added: number
  /** Events of the account that no run accounts for, such as payments. */
  readonly events: number
  /** Those of them that were not stored before. */
  readonly addedEvents: number
  /** Entries that could not be read, and were left out. */
  readonly damaged: number
  /** API calls that could not be read or were too many in one run, and were left out. */
  readonly calls: number
  /** Texts that were shortened. */
  readonly shortened: number
  /** Rows that were left out since only balances would show the same, and the file has none. */
  readonly derived: number
  /** False where the file ends before its end, or where it was stopped. */
  readonly whole: boolean
}

export interface ImportOptions {
  /** Whether a file of another account is taken too. */
  readonly anyAccount: boolean
  readonly signal: AbortSignal
  /** Called with how much of the file has been read, from 0 to 1. */
  readonly onProgress: (share: number) => void
  /** Called with the limits that the file has, unparsed, where it is taken. */
  readonly onLimits?: (limits: unknown) => void
}

/** So many are added at once; the page draws between. */
const PIECE = 200
/** No entry of ours is nearly as long, and to read one takes less than the page may be held up. */
const MAX_LINE = 2_000_000
/** One that a tool has laid out differently has no lines of ours; such a small one is read whole. */
const MAX_AT_ONCE = 4_000_000

/** Adds what is in a file to what is stored. What was added stays where it is stopped. */
export async function importFile(
  file: Blob,
  accountKey: string,
  archive: Pick<Archive, 'add'>,
  options: ImportOptions,
): Promise<Refusal | Imported> {
  const lines = linesOf(file, { maxLength: MAX_LINE, onProgress: options.onProgress })
  const { value: first } = await lines.next()
  const content = typeof first === 'string' ? parseJson(`${first}${END}`) : undefined
  if (content === undefined) return importAtOnce(file, accountKey, archive, options)
  const refusal = refusalOf(content, accountKey, options)
  return refusal ?? take(entriesIn(lines), accountKey, archive, options)
}

async function importAtOnce(
  file: Blob,
  accountKey: string,
  archive: Pick<Archive, 'add'>,
  options: ImportOptions,
): Promise<Refusal | Imported> {
  if (file.size > MAX_AT_ONCE) return 'not-ours'
  const content = parseJson(await file.text())
  if (content === undefined) return 'not-json'
  const refusal = refusalOf(content, accountKey, options)
  if (refusal !== null) return refusal
  const entries = entriesOf(content)
  if (entries === null) return 'not-ours'
  return take([...entries, ENDED], accountKey, archive, options)
}

function refusalOf(
  content: unknown,
  accountKey: string,
  { anyAccount, onLimits }: ImportOptions,
): Refusal | null {
  const head = readHead(content)
  if (head === null) return 'not-ours'
  if (head.version > VERSION) return 'newer-version'
  if (!anyAccount && head.account === null) return 'unknown-account'
  if (!anyAccount && head.account !== accountDigest(accountKey)) return 'other-account'
  if (head.limits !== undefined) onLimits?.(head.limits)
  return null
}

/** After the last entry of a file that is whole. */
const ENDED = Symbol('ended')

async function take(
  entries: Iterable<unknown> | AsyncIterable<unknown>,
  accountKey: string,
  archive: Pick<Archive, 'add'>,
  { signal }: ImportOptions,
): Promise<Imported> {
  const reader = new EntryReader(accountKey)
  const so = { runs: 0, added: 0, events: 0, addedEvents: 0, readings: 0 }
  let whole = false
  const flush = async (): Promise<void> => {
    const piece = reader.take()
    const added = await archive.add(accountKey, piece)
    so.added += added.runs
    so.addedEvents += added.events
    so.runs += piece.runs.length
    so.events += piece.events.length
    so.readings += piece.readings.length
  }
  const pause = pauseWhenDue()
  for await (const entry of entries) {
    if (signal.aborted) break
    if (entry === ENDED) whole = true
    else reader.read(entry)
    if (reader.waiting >= PIECE) await flush()
    else await pause()
  }
  if (!signal.aborted) await flush()
  const { readings, ...counts } = so
  const { damaged, calls, shortened } = reader
  const derived = readings > 0 ? 0 : reader.derived
  return { ...counts, damaged, calls, shortened, derived, whole: whole && !signal.aborted }
}

/** Undefined for anything but an entry. */
async function* entriesIn(lines: AsyncIterable<Line>): AsyncGenerator<unknown> {
  for await (const line of lines) {
    if (line === TOO_LONG) yield undefined
    else yield line === END ? ENDED : parseJson(line.replace(/,$/, ''))
  }
}

/** Undefined if it is not JSON; `null` is JSON too. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The second: nested deeper than the browser can follow.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}
