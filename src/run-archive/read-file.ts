import * as z from 'zod/mini'
import { END, headSchema, nameOf, VERSION } from './file-format.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { Archive, Entries, JudgedRun } from './port.ts'
import { readJudged, readReading } from './schema.ts'

/** Why nothing of a file was read. `other-billing account`: it is whole, and of other credits. */
export type Refusal = 'not-json' | 'not-ours' | 'newer-version' | 'other-account'

export interface Imported {
  /** How many runs the file has, as far as it was read. */
  readonly runs: number
  /** Those of them that were not kept before. */
  readonly added: number
  /** Entries that could not be read, and were left out. */
  readonly damaged: number
  /** False where the file ends before its end, or where it was stopped. */
  readonly whole: boolean
}

export interface ImportOptions {
  /** Whether a file of other credits is taken too. */
  readonly anyAccount: boolean
  readonly signal: AbortSignal
  /** Called with how much of the file has been read, from 0 to 1. */
  readonly told: (share: number) => void
}

/** So many are added at once; the page draws between. */
const PIECE = 200
/** No entry of ours is nearly as long. */
const MAX_LINE = 5_000_000
/** One that a tool has laid out anew has no lines of ours; such a small one is read whole. */
const MAX_AT_ONCE = 4_000_000

const wholeSchema = z.extend(headSchema, { entries: z.array(z.unknown()) })

/** Adds what is in a file to what is kept of `accountKey`. What was added stays where it is stopped. */
export async function importFile(
  file: Blob,
  accountKey: string,
  archive: Pick<Archive, 'add'>,
  options: ImportOptions,
): Promise<Refusal | Imported> {
  const lines = linesOf(file, options.told)
  const first = await lines.next()
  const head = parseJson(`${first.value ?? ''}${END}`)
  if (head === undefined) return importAtOnce(file, accountKey, archive, options)
  return (
    refusalOf(head, accountKey, options) ?? take(entriesIn(lines), accountKey, archive, options)
  )
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
  const parsed = wholeSchema.safeParse(content)
  if (!parsed.success) return refusalOf(content, accountKey, options) ?? 'not-ours'
  const entries = [...parsed.data.entries, ENDED]
  return refusalOf(content, accountKey, options) ?? take(entries, accountKey, archive, options)
}

function refusalOf(
  head: unknown,
  accountKey: string,
  { anyAccount }: ImportOptions,
): Refusal | null {
  const parsed = headSchema.safeParse(head)
  if (!parsed.success) return 'not-ours'
  if (parsed.data.version > VERSION) return 'newer-version'
  return anyAccount || parsed.data.purse === nameOf(accountKey) ? null : 'other-account'
}

/** After the last entry of a file that is whole. */
const ENDED = Symbol('ended')

async function take(
  entries: Iterable<unknown> | AsyncIterable<unknown>,
  accountKey: string,
  archive: Pick<Archive, 'add'>,
  { signal }: ImportOptions,
): Promise<Imported> {
  const so = { runs: 0, added: 0, damaged: 0, whole: false }
  let runs: JudgedRun[] = []
  let readings: Reading[] = []
  const flush = async (): Promise<void> => {
    so.added += await archive.add(accountKey, { runs, readings })
    so.runs += runs.length
    runs = []
    readings = []
  }
  for await (const entry of entries) {
    if (signal.aborted) return so
    if (entry === ENDED) so.whole = true
    const read = entry === ENDED ? { runs: [], readings: [] } : readEntry(entry, accountKey)
    if (!read) so.damaged += 1
    runs.push(...(read?.runs ?? []))
    readings.push(...(read?.readings ?? []))
    if (runs.length + readings.length >= PIECE) await flush()
  }
  if (!signal.aborted) await flush()
  return so
}

const entrySchema = z.record(z.string(), z.unknown())

function readEntry(entry: unknown, accountKey: string): Entries | null {
  const parsed = entrySchema.safeParse(entry)
  if (!parsed.success) return null
  const judged = readJudged({ ...parsed.data, place: accountKey }, accountKey)
  if (judged) return { runs: [ownedBy(judged, accountKey)], readings: [] }
  const told = entrySchema.safeParse(parsed.data['reading'])
  const reading = told.success && readReading({ ...told.data, place: accountKey }, accountKey)
  return reading ? { runs: [], readings: [reading] } : null
}

function ownedBy({ run, verdict }: JudgedRun, accountKey: string): JudgedRun {
  const isOfIt = verdict?.promptId === run.promptId
  return { run: { ...run, purse: accountKey }, verdict: isOfIt ? verdict : null }
}

/** Undefined entries are such as could not be read. */
async function* entriesIn(lines: AsyncIterable<string>): AsyncGenerator<unknown> {
  for await (const line of lines) {
    yield line === END ? ENDED : parseJson(line.replace(/,$/, ''))
  }
}

/** Lines that have something in them, without white space around. */
async function* linesOf(file: Blob, told: (share: number) => void): AsyncGenerator<string> {
  const reader = file.stream().getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (let read = 0; ;) {
    const { done, value } = await reader.read()
    rest += decoder.decode(value, { stream: !done })
    const lines = rest.split('\n')
    rest = done ? '' : (lines.pop() ?? '').slice(0, MAX_LINE)
    for (const line of lines) if (line.trim() !== '') yield line.trim()
    if (done) return
    read += value.length
    told(read / file.size)
  }
}

/** Undefined for what is no JSON; null is some. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
