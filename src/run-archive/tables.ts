import { Dexie, type Table, type Transaction } from 'dexie'
import { RUNS_DATABASE } from '../storage/stored-data.ts'
import { summaryOf, type RunSummary } from './summary.ts'
import type { ReadingKey, RunKey, SummaryKey } from './port.ts'
import { placeOf, readJudged } from './schema.ts'

/** What is read and written at once where there may be a hundred thousand. */
const PIECE = 500

/** What records look like is only known once they are parsed. */
export interface Tables {
  readonly dexie: Dexie
  readonly runs: Table<unknown, RunKey>
  /** Of each run, by its time: a list of them all is read without looking each of them up. */
  readonly summaries: Table<unknown, SummaryKey>
  readonly readings: Table<unknown, ReadingKey>
}

/** The indexes that are read by; the rest of a record is not the database's business. */
export function openTables(): Tables {
  const { indexedDB, IDBKeyRange } = window
  const dexie = new Dexie(RUNS_DATABASE, { indexedDB, IDBKeyRange })
  dexie.version(1).stores({
    runs: '[place+promptId],[place+startedAt],startedAt',
    readings: '[place+at],at',
  })
  dexie.version(2).stores({ summaries: '[place+startedAt+promptId]' }).upgrade(summarise)
  return {
    dexie,
    runs: dexie.table('runs'),
    summaries: dexie.table('summaries'),
    readings: dexie.table('readings'),
  }
}

export function summaryRecord(accountKey: string, summary: RunSummary): object {
  return { place: accountKey, ...summary }
}

/** From version 1. All of it or nothing: a page that goes meanwhile leaves version 1 behind. */
async function summarise(upgrade: Transaction): Promise<void> {
  const runs: Table<unknown> = upgrade.table('runs')
  const summaries: Table<unknown> = upgrade.table('summaries')
  for (let last: unknown = Dexie.minKey; ;) {
    const keys = await runs.where(':id').above(last).limit(PIECE).primaryKeys()
    if (keys.length === 0) return
    const records = await runs.bulkGet(keys)
    await summaries.bulkPut(records.flatMap(summaryOfRecord))
    last = keys.at(-1)
  }
}

function summaryOfRecord(record: unknown): object[] {
  const accountKey = placeOf(record)
  const judged = accountKey === null ? null : readJudged(record, accountKey)
  if (accountKey === null || judged === null) return []
  return [summaryRecord(accountKey, summaryOf(judged.run, judged.verdict))]
}
