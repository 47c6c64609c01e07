import { Dexie, type IndexableType, type Table } from 'dexie'
import { mergeRuns } from '../runs/merge-runs.ts'
import { isShown, type Verdict } from '../reconciliation/verdict.ts'
import type { Entries, StoredSize, ReadingKey, RunKey, SummaryKey } from './port.ts'
import type { Merge } from './put.ts'
import { readJudged, readReading, readSummary } from './schema.ts'
import type { Tables } from './tables.ts'

/** All that is kept of an account, for whoever wants to know how much it is, or to have it elsewhere. */

const PIECE = 300
const SAMPLE = 100
/** With its keys. */
const BYTES_OF_READING = 60
/** Of what is proved: above every amount. */
const BY_BALANCE = 2 * Number.MAX_SAFE_INTEGER
const BY_EVENTS = 2 * BY_BALANCE

/** What a file tells is not later than what is kept, and only adds to it. */
export const mergeOfFile: Merge = {
  runs: (kept, told) => mergeRuns(told, kept),
  verdicts: (kept, told) => (rankOf(told) > rankOf(kept) ? told : kept),
}

/**
 * How sure a verdict is, as a number: whichever files are read in whichever order, and how often, the
 * surest stays. Events of the account are surer than the balance, which others move too, and of what
 * is shown at least, more is surer than less.
 */
function rankOf(verdict: Verdict): number {
  const { certainty, usdMicros, evidence } = verdict
  if (!isShown(verdict)) return -1
  if (certainty === 'proved') return evidence.match === null ? BY_BALANCE : BY_EVENTS
  return certainty === 'at-least' ? (usdMicros ?? 0) + 1 : 0
}

export async function sizeOf(tables: Tables, accountKey: string): Promise<StoredSize> {
  const { dexie, runs, summaries, readings } = tables
  return dexie.transaction('r', runs, summaries, readings, async () => {
    const [count, oldest, balances, sample] = await Promise.all([
      from(summaries, accountKey).count(),
      from(summaries, accountKey).first(),
      from(readings, accountKey).count(),
      from(runs, accountKey).limit(SAMPLE).toArray(),
    ])
    // The summary of each is about a third of it.
    const each = (JSON.stringify(sample).length / Math.max(1, sample.length)) * (4 / 3)
    return {
      runs: count,
      since: readSummary(oldest, accountKey)?.startedAt ?? null,
      bytes: Math.round(count * each + balances * BYTES_OF_READING),
    }
  })
}

/** In pieces that leave the page time to draw; runs by their time, then the balances. */
export async function* entriesOf(tables: Tables, accountKey: string): AsyncGenerator<Entries> {
  yield* runsOf(tables, accountKey)
  yield* readingsOf(tables, accountKey)
}

async function* runsOf({ runs, summaries }: Tables, accountKey: string): AsyncGenerator<Entries> {
  for (let after: IndexableType = [accountKey, Dexie.minKey]; ;) {
    const keys: SummaryKey[] = await from(summaries, accountKey, after).limit(PIECE).primaryKeys()
    const last = keys.at(-1)
    if (!last) return
    const records = await runs.bulkGet(keys.map(([, , promptId]): RunKey => [accountKey, promptId]))
    yield { runs: records.flatMap((record) => readJudged(record, accountKey) ?? []), readings: [] }
    after = last
  }
}

/** Oldest first. */
export async function* readingsOf(
  { readings }: Tables,
  accountKey: string,
): AsyncGenerator<Entries> {
  for (let after: IndexableType = [accountKey, Dexie.minKey]; ;) {
    const keys: ReadingKey[] = await from(readings, accountKey, after).limit(PIECE).primaryKeys()
    const last = keys.at(-1)
    if (!last) return
    const records = await readings.bulkGet(keys)
    yield { runs: [], readings: records.flatMap((record) => readReading(record, accountKey) ?? []) }
    after = last
  }
}

/** What a file tells of the balance, where nothing is known of that moment. */
export async function addReadings(
  { readings }: Tables,
  accountKey: string,
  told: Entries['readings'],
): Promise<void> {
  const known = await readings.bulkGet(told.map(({ at }) => [accountKey, at]))
  const missing = told.filter((_, index) => known[index] === undefined)
  await readings.bulkPut(missing.map((reading) => ({ place: accountKey, ...reading })))
}

/** By the primary key, the whole of an account or what comes after one of its keys. */
function from<K>(table: Table<unknown, K>, accountKey: string, after?: IndexableType) {
  const first = after ?? [accountKey, Dexie.minKey]
  return table.where(':id').between(first, [accountKey, Dexie.maxKey], false, true)
}
