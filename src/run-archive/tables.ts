import { Dexie, type Table, type Transaction } from 'dexie'
import { RUNS_DATABASE } from '../storage/stored-data.ts'
import { summaryOf, type RunSummary } from './summary.ts'
import type { CostKey, EventKey, ReadingKey, RunKey, SummaryKey } from './port.ts'
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
  /** Imported: what the account itself lists is asked for, and not stored. */
  readonly events: Table<unknown, EventKey>
  /** Of each run what its calls cost, by their settings: estimates read it. */
  readonly costs: Table<unknown, CostKey>
}

/** Dexie counts versions in steps of ten of the browser's own. */
const VERSION = 5
const NATIVE_VERSION = VERSION * 10

/** The indexes that are read by; the rest of a record is not the database's business. */
export function openTables(): Tables {
  const dexie = new Dexie(RUNS_DATABASE, databases())
  dexie.version(1).stores({
    runs: '[place+promptId],[place+startedAt],startedAt',
    readings: '[place+at],at',
  })
  dexie.version(2).stores({ summaries: '[place+startedAt+promptId]' })
  dexie.version(3).stores({
    runs: '[place+promptId],[place+startedAt],startedAt,*verdict.evidence.eventIds',
    events: '[place+id],at',
  })
  // Summaries of earlier versions are missing, or do not say what each node cost.
  dexie.version(4).upgrade(summarise)
  // Runs of earlier versions do not say what their nodes were set to.
  dexie.version(VERSION).stores({ costs: '[place+settings+at+promptId+nodeId],[place+promptId]' })
  return {
    dexie,
    runs: dexie.table('runs'),
    summaries: dexie.table('summaries'),
    readings: dexie.table('readings'),
    events: dexie.table('events'),
    costs: dexie.table('costs'),
  }
}

/**
 * Dexie would open a database of a newer version too, and add to it what it misses there. Here that
 * fails with a VersionError, and what is stored stays as it is. Where the browser has no databases
 * for this page, the first read fails, and not this.
 */
function databases(): { indexedDB: IDBFactory; IDBKeyRange: typeof IDBKeyRange } {
  const { IDBKeyRange } = window
  const factory = readIndexedDB()
  // Dexie takes it, and says so when it opens; its types do not.
  if (!factory) return { indexedDB: factory as unknown as IDBFactory, IDBKeyRange }
  const indexedDB: IDBFactory = {
    open: (name, version = NATIVE_VERSION) => factory.open(name, version),
    deleteDatabase: (name) => factory.deleteDatabase(name),
    databases: () => factory.databases(),
    cmp: (first, second) => factory.cmp(first, second),
  }
  return { indexedDB, IDBKeyRange }
}

/** Typed as always there; a browser may give a page none, or throw where it is read. */
function readIndexedDB(): IDBFactory | undefined {
  try {
    return window.indexedDB as IDBFactory | undefined
  } catch (error) {
    if (error instanceof DOMException) return undefined
    throw error
  }
}

export function summaryRecord(accountKey: string, summary: RunSummary): object {
  return { place: accountKey, ...summary }
}

/** All of it or nothing: a page that goes meanwhile leaves the earlier version behind. */
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
