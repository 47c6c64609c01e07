import { Dexie, liveQuery } from 'dexie'
import type { RunSummary } from './summary.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { AllSummaries } from './all-summaries.ts'
import { followReadings } from './all-readings.ts'
import { addReadings, mergeOfFile, entriesOf, sizeOf } from './archive.ts'
import {
  nothingStored,
  type Archive,
  type Entries,
  type JudgedRun,
  type StoredRuns,
  type StoredSize,
  type RunArchive,
  type Writing,
} from './port.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import { mergeOfPage, putReading, putRuns } from './put.ts'
import { readJudged, readReading } from './schema.ts'
import { limitsOf, readRetention, type Limits } from './retention.ts'
import { openTables, type Tables } from './tables.ts'
import { surplusOf, trim } from './trim.ts'

const WRITES_BETWEEN_TRIMS = 200

interface Follower {
  readonly start: () => () => void
  /** Null while there is no database to follow. */
  stop: (() => void) | null
  readonly emptied: () => void
}

/** In IndexedDB: shared by the tabs of this browser, who hear of each other's writes. */
export class DatabaseRunArchive implements RunArchive, Archive {
  #tables: Tables | null = null
  readonly #followers = new Set<Follower>()
  #writesToTrim = 0

  constructor(
    private readonly limits = (): Limits => limitsOf(readRetention(browserStorage()), Date.now()),
  ) {}

  async newest(accountKey: string, limit: number): Promise<StoredRuns> {
    return read(this.#open(), accountKey, limit)
  }

  follow(
    accountKey: string,
    limit: number,
    listener: (kept: StoredRuns) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void {
    const start = (): (() => void) => {
      const kept = liveQuery(() => read(this.#open(), accountKey, limit))
      const subscription = kept.subscribe({ next: listener, error: failed })
      return () => subscription.unsubscribe()
    }
    this.#follow(start, () => listener(nothingStored), signal)
  }

  followAll(
    accountKey: string,
    listener: (all: readonly RunSummary[]) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void {
    const start = (): (() => void) => {
      const all = new AllSummaries(this.#open(), accountKey, listener, failed)
      return () => all.stop()
    }
    this.#follow(start, () => listener([]), signal)
  }

  followReadings(
    accountKey: string,
    until: number,
    listener: (readings: readonly Reading[]) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void {
    const start = () => followReadings(this.#open(), accountKey, until, listener, failed)
    this.#follow(start, () => listener([]), signal)
  }

  #follow(start: Follower['start'], emptied: () => void, signal: AbortSignal): void {
    if (signal.aborted) return
    const follower: Follower = { start, stop: start(), emptied }
    this.#followers.add(follower)
    signal.addEventListener('abort', () => {
      follower.stop?.()
      this.#followers.delete(follower)
    })
  }

  async read(accountKey: string, promptId: string): Promise<JudgedRun | null> {
    return readJudged(await this.#open().runs.get([accountKey, promptId]), accountKey)
  }

  async write(writings: readonly Writing[]): Promise<void> {
    await this.#transact(async (tables) => {
      for (const writing of writings) {
        const { accountKey, readings } = writing
        await putRuns(tables, writing, mergeOfPage)
        for (const reading of readings) await putReading(tables, accountKey, reading)
      }
    })
    if (this.#writesToTrim === 0) await this.trim()
    this.#writesToTrim = (this.#writesToTrim + 1) % WRITES_BETWEEN_TRIMS
  }

  size(accountKey: string): Promise<StoredSize> {
    return sizeOf(this.#open(), accountKey)
  }

  entries(accountKey: string): AsyncIterable<Entries> {
    return entriesOf(this.#open(), accountKey)
  }

  add(accountKey: string, { runs: judged, readings }: Entries): Promise<number> {
    const runs = judged.map(({ run }) => run)
    const verdicts = judged.flatMap(({ verdict }) => verdict ?? [])
    return this.#transact(async (tables) => {
      await addReadings(tables, accountKey, readings)
      return putRuns(tables, { accountKey, runs, verdicts, readings }, mergeOfFile)
    })
  }

  surplus(limits: Limits): Promise<number> {
    return surplusOf(this.#open(), limits)
  }

  trim(): Promise<void> {
    return trim(this.#open(), this.limits())
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
    // Deleted here or in another tab (src/storage/stored-data.ts), or a newer version wants to change it.
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

  async #transact<T>(work: (tables: Tables) => Promise<T>): Promise<T> {
    const tables = this.#open()
    const { dexie, runs, summaries, readings } = tables
    // Async itself: Dexie knows by that that it has to wait for native promises.
    const result = await dexie.transaction('rw', runs, summaries, readings, async () =>
      work(tables),
    )
    for (const follower of this.#followers) follower.stop ??= follower.start()
    return result
  }
}

async function read({ dexie, runs, readings }: Tables, accountKey: string, limit: number) {
  return dexie.transaction('r', runs, readings, async (): Promise<StoredRuns> => {
    const [first, last] = [
      [accountKey, Dexie.minKey],
      [accountKey, Dexie.maxKey],
    ]
    const beyond = await runs
      .where('[place+startedAt]')
      .between(first, last)
      // oxlint-disable-next-line unicorn/no-array-reverse -- Dexie's: it is a collection and no array
      .reverse()
      .offset(limit)
      .limit(1)
      .keys()
    // The readings' key is made like this index: an account and a time.
    const since = beyond[0] ?? first
    const [newest, balances] = await Promise.all([
      // Backwards a database is read record by record; forwards it gives them all at once.
      runs.where('[place+startedAt]').between(since, last).toArray(),
      readings.where('[place+at]').between(since, last).toArray(),
    ])
    const judged = newest
      .toReversed()
      .slice(0, limit)
      .flatMap((record) => readJudged(record, accountKey) ?? [])
    const more = newest.length > limit
    const oldest = more ? judged.at(-1)?.run : undefined
    return {
      runs: judged.map(({ run }) => run),
      verdicts: new Map(
        judged.flatMap(({ run, verdict }) => (verdict ? [[run.promptId, verdict] as const] : [])),
      ),
      readings: balances
        .flatMap((record) => readReading(record, accountKey) ?? [])
        .filter(({ at }) => at >= (oldest?.startedAt ?? -Infinity)),
      more,
    }
  })
}
