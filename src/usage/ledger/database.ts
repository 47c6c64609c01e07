import { Dexie, liveQuery, type Table } from 'dexie'
import { RUNS_DATABASE } from '../../stored-data.ts'
import { clip } from '../clip.ts'
import { mergeRuns } from '../merge-runs.ts'
import type { Call, Run } from '../run.ts'
import { holdVerdict, type Verdict } from '../verdict.ts'
import { nothingKept, type Kept, type Ledger, type Reading, type Writing } from './port.ts'
import { readReading, readRun, readVerdict } from './schema.ts'

/** A run of several hundred bytes each: some tens of megabytes, which a browser gives a page. */
const RUNS_TO_KEEP = 100_000
const READINGS_TO_KEEP = 200_000
const WRITES_BETWEEN_TRIMS = 200

const FROM_THE_BEGINNING = Dexie.minKey
const TO_THE_END = Dexie.maxKey

/** What records look like is only known once they are parsed. */
interface Tables {
  readonly dexie: Dexie
  readonly runs: Table<unknown, [string, string]>
  readonly readings: Table<unknown, [string, number]>
}

/** Version 1: the indexes that are read by; the rest of a record is not the database's business. */
function openTables(): Tables {
  const { indexedDB, IDBKeyRange } = window
  const dexie = new Dexie(RUNS_DATABASE, { indexedDB, IDBKeyRange })
  dexie.version(1).stores({
    runs: '[place+promptId],[place+startedAt],startedAt',
    readings: '[place+at],at',
  })
  return { dexie, runs: dexie.table('runs'), readings: dexie.table('readings') }
}

interface Follower {
  readonly start: () => () => void
  /** Null while there is no database to follow. */
  stop: (() => void) | null
  readonly emptied: () => void
}

/** In IndexedDB: shared by the tabs of this browser, who hear of each other's writes. */
export class DatabaseLedger implements Ledger {
  #tables: Tables | null = null
  readonly #followers = new Set<Follower>()
  #writesToTrim = 0

  constructor(private readonly keep = { runs: RUNS_TO_KEEP, readings: READINGS_TO_KEEP }) {}

  follow(
    place: string,
    limit: number,
    listener: (kept: Kept) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void {
    if (signal.aborted) return
    const start = (): (() => void) => {
      const kept = liveQuery(() => read(this.#open(), place, limit))
      const subscription = kept.subscribe({ next: listener, error: failed })
      return () => subscription.unsubscribe()
    }
    const follower: Follower = { start, stop: start(), emptied: () => listener(nothingKept) }
    this.#followers.add(follower)
    signal.addEventListener('abort', () => {
      follower.stop?.()
      this.#followers.delete(follower)
    })
  }

  async write(writings: readonly Writing[]): Promise<void> {
    const tables = this.#open()
    const { dexie, runs, readings } = tables
    await dexie.transaction('rw', runs, readings, async () => {
      for (const writing of writings) {
        for (const run of writing.runs) await putRun(tables, writing.place, run)
        for (const verdict of writing.verdicts ?? [])
          await putVerdict(tables, writing.place, verdict)
        for (const reading of writing.readings) await putReading(tables, writing.place, reading)
      }
    })
    for (const follower of this.#followers) follower.stop ??= follower.start()
    if (this.#writesToTrim === 0) await this.#trim(tables)
    this.#writesToTrim = (this.#writesToTrim + 1) % WRITES_BETWEEN_TRIMS
  }

  close(): void {
    for (const { stop } of this.#followers) stop?.()
    this.#followers.clear()
    this.#tables?.dexie.close()
    this.#tables = null
  }

  #open(): Tables {
    if (this.#tables) return this.#tables
    const tables = openTables()
    this.#tables = tables
    // Deleted here or in another tab (src/stored-data.ts), or a newer version wants to change it.
    tables.dexie.on('versionchange', () => {
      this.#letGo(tables)
      return false
    })
    return tables
  }

  /** Who follows sees that there is nothing any more; the next write begins anew. */
  #letGo(tables: Tables): void {
    if (this.#tables !== tables) return
    this.#tables = null
    for (const follower of this.#followers) {
      follower.stop?.()
      follower.stop = null
      follower.emptied()
    }
    tables.dexie.close()
  }

  async #trim({ runs, readings }: Tables): Promise<void> {
    const [tooManyRuns, tooManyReadings] = await Promise.all([runs.count(), readings.count()])
    await deleteOldest(runs, 'startedAt', tooManyRuns - this.keep.runs)
    await deleteOldest(readings, 'at', tooManyReadings - this.keep.readings)
  }
}

async function deleteOldest<K>(table: Table<unknown, K>, by: string, count: number): Promise<void> {
  if (count > 0) await table.bulkDelete(await table.orderBy(by).limit(count).primaryKeys())
}

async function read({ dexie, runs, readings }: Tables, place: string, limit: number) {
  return dexie.transaction('r', runs, readings, async (): Promise<Kept> => {
    const newest = await runs
      .where('[place+startedAt]')
      .between([place, FROM_THE_BEGINNING], [place, TO_THE_END])
      // oxlint-disable-next-line unicorn/no-array-reverse -- Dexie's: it is a collection and no array
      .reverse()
      .limit(limit + 1)
      .toArray()
    const shown = newest.slice(0, limit)
    const known = shown.flatMap((record) => readRun(record, place) ?? [])
    const verdicts = shown.flatMap((record) => readVerdict(record, place) ?? [])
    const oldest = known.at(-1)
    const since = newest.length > limit && oldest ? oldest.startedAt : FROM_THE_BEGINNING
    const balances = await readings
      .where('[place+at]')
      .between([place, since], [place, TO_THE_END])
      .toArray()
    return {
      runs: known,
      verdicts: new Map(verdicts.map((verdict) => [verdict.promptId, verdict])),
      readings: balances.flatMap((record) => readReading(record, place) ?? []),
      more: newest.length > limit,
    }
  })
}

async function putRun({ runs }: Tables, place: string, now: Run): Promise<void> {
  const record = await runs.get([place, now.promptId])
  const kept = readRun(record, place)
  await runs.put(recordOf(place, kept ? mergeRuns(kept, now) : now, readVerdict(record, place)))
}

/** A verdict without its run is of no use to anybody. */
async function putVerdict({ runs }: Tables, place: string, now: Verdict): Promise<void> {
  const record = await runs.get([place, now.promptId])
  const run = readRun(record, place)
  if (!run) return
  await runs.put(recordOf(place, run, holdVerdict(now, readVerdict(record, place) ?? undefined)))
}

function recordOf(place: string, run: Run, verdict: Verdict | null): object {
  const { promptId, startedAt } = run
  return { place, promptId, startedAt, run: clipped(run), ...(verdict && { verdict }) }
}

/** Of a balance that stays the same, the first and the last reading say it all. */
async function putReading({ readings }: Tables, place: string, reading: Reading): Promise<void> {
  const before = await readings
    .where('[place+at]')
    .between([place, FROM_THE_BEGINNING], [place, reading.at], true, false)
    // oxlint-disable-next-line unicorn/no-array-reverse -- as above
    .reverse()
    .limit(2)
    .toArray()
  const same = before.map((record) => readReading(record, place))
  const [last, first] = same
  if (last?.usdMicros === reading.usdMicros && first?.usdMicros === reading.usdMicros) {
    await readings.delete([place, last.at])
  }
  await readings.put({ place, ...reading })
}

function clipped(run: Run): Run {
  return {
    ...run,
    workflow: clip(run.workflow),
    calls: run.calls.map((call): Call => ({
      ...call,
      title: clip(call.title),
      nodeType: clip(call.nodeType),
    })),
  }
}
