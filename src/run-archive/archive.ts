import { Dexie, type IndexableType, type Table } from 'dexie'
import type { Entries, EventKey, StoredSize, ReadingKey, RunKey, SummaryKey } from './port.ts'
import { readEvent, readJudged, readReading, readSummary } from './schema.ts'
import type { Tables } from './tables.ts'

/** All that is stored of an account: how much it is, and all of it in pieces. */

const PIECE = 300
const SAMPLE = 100
/** With its keys. */
const BYTES_OF_READING = 60
const BYTES_OF_EVENT = 400

export async function sizeOf(tables: Tables, accountKey: string): Promise<StoredSize> {
  const { dexie, runs, summaries, readings, events } = tables
  return dexie.transaction('r', runs, summaries, readings, events, async () => {
    const [count, oldest, balances, imported, sample] = await Promise.all([
      from(summaries, accountKey).count(),
      from(summaries, accountKey).limit(SAMPLE).toArray(),
      from(readings, accountKey).count(),
      from(events, accountKey).count(),
      from(runs, accountKey).limit(SAMPLE).toArray(),
    ])
    // The summary of each is about a third of it.
    const each = (JSON.stringify(sample).length / Math.max(1, sample.length)) * (4 / 3)
    const [first] = oldest.flatMap((record) => readSummary(record, accountKey) ?? [])
    return {
      runs: count,
      since: first?.startedAt ?? null,
      bytes: Math.round(count * each + balances * BYTES_OF_READING + imported * BYTES_OF_EVENT),
    }
  })
}

/** In pieces that leave the page time to draw: runs by their time, the balances, the events. */
export async function* entriesOf(tables: Tables, accountKey: string): AsyncGenerator<Entries> {
  yield* runsOf(tables, accountKey)
  for await (const readings of readingsOf(tables, accountKey)) {
    yield { runs: [], readings, events: [] }
  }
  for await (const events of eventsOf(tables, accountKey)) yield { runs: [], readings: [], events }
}

async function* runsOf({ runs, summaries }: Tables, accountKey: string): AsyncGenerator<Entries> {
  for await (const keys of keysOf<SummaryKey>(summaries, accountKey)) {
    const records = await runs.bulkGet(keys.map(([, , promptId]): RunKey => [accountKey, promptId]))
    const judged = records.flatMap((record) => readJudged(record, accountKey) ?? [])
    yield { runs: judged, readings: [], events: [] }
  }
}

/** Oldest first. */
export async function* readingsOf(
  { readings }: Tables,
  accountKey: string,
): AsyncGenerator<Entries['readings']> {
  for await (const keys of keysOf<ReadingKey>(readings, accountKey)) {
    const records = await readings.bulkGet(keys)
    yield records.flatMap((record) => readReading(record, accountKey) ?? [])
  }
}

export async function* eventsOf(
  { events }: Tables,
  accountKey: string,
): AsyncGenerator<Entries['events']> {
  for await (const keys of keysOf<EventKey>(events, accountKey)) {
    const records = await events.bulkGet(keys)
    yield records.flatMap((record) => readEvent(record, accountKey) ?? [])
  }
}

/** By keys alone: a record that cannot be read does not hide those behind it. */
async function* keysOf<K extends IndexableType & readonly unknown[]>(
  table: Table<unknown, K>,
  accountKey: string,
): AsyncGenerator<K[]> {
  for (let after: IndexableType = [accountKey, Dexie.minKey]; ;) {
    const keys: K[] = await from(table, accountKey, after).limit(PIECE).primaryKeys()
    const last = keys.at(-1)
    if (!last) return
    yield keys
    after = last
  }
}

/** By the primary key, the whole of an account or what comes after one of its keys. */
function from<K>(table: Table<unknown, K>, accountKey: string, after?: IndexableType) {
  const first = after ?? [accountKey, Dexie.minKey]
  return table.where(':id').between(first, [accountKey, Dexie.maxKey], false, true)
}
