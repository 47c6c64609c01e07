import { liveQuery } from 'dexie'
import type { RunSummary } from './summary.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { AllSummaries } from './all-summaries.ts'
import { followEvents, followReadings } from './follow-pieces.ts'
import { addEntries } from './add.ts'
import { entriesOf, sizeOf } from './archive.ts'
import { mergeOfPage } from './merge.ts'
import {
  nothingStored,
  type Added,
  type Archive,
  type CallCost,
  type Entries,
  type JudgedRun,
  type Recent,
  type StoredRuns,
  type StoredSize,
  type RunArchive,
  type Writing,
} from './port.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import { costsOf } from './costs.ts'
import { putReading, putRuns } from './put.ts'
import type { StoredEvent } from './stored-event.ts'
import { newestOf } from './newest.ts'
import { readJudged } from './schema.ts'
import { limitsOf, readRetention, type RetentionLimits } from './retention.ts'
import { openTables, type Tables } from './tables.ts'
import { surplusOf, trim } from './trim.ts'

const WRITES_BETWEEN_TRIMS = 200

interface Follower {
  readonly start: () => () => void
  /** Null while there is no database to follow. */
  stop: (() => void) | null
  readonly emptied: () => void
}

/** In IndexedDB: the tabs of this browser share it, and each follows the writes of the others. */
export class DatabaseRunArchive implements RunArchive, Archive {
  #tables: Tables | null = null
  readonly #followers = new Set<Follower>()
  #writesToTrim = 0

  constructor(
    private readonly limits = (): RetentionLimits =>
      limitsOf(readRetention(browserStorage()), null),
  ) {}

  async newest(accountKey: string, limit: number): Promise<StoredRuns> {
    return newestOf(this.#open(), accountKey, limit)
  }

  follow(
    accountKey: string,
    limit: number,
    listener: (stored: StoredRuns) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void {
    const start = (): (() => void) => {
      const newest = liveQuery(() => newestOf(this.#open(), accountKey, limit))
      const subscription = newest.subscribe({ next: listener, error: failed })
      return () => subscription.unsubscribe()
    }
    this.#follow(start, () => listener(nothingStored), signal)
  }

  followAll(
    accountKey: string,
    listener: (all: readonly RunSummary[]) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
    recent: Recent | null = null,
  ): void {
    const start = (): (() => void) => {
      const all = new AllSummaries(this.#open(), accountKey, listener, failed, recent)
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

  followEvents(
    accountKey: string,
    listener: (events: readonly StoredEvent[]) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void {
    const start = () => followEvents(this.#open(), accountKey, listener, failed)
    this.#follow(start, () => listener([]), signal)
  }

  followCosts(
    accountKey: string,
    settings: readonly string[],
    listener: (costs: ReadonlyMap<string, readonly CallCost[]>) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void {
    const start = (): (() => void) => {
      const costs = liveQuery(() => costsOf(this.#open(), accountKey, settings))
      const subscription = costs.subscribe({ next: listener, error: failed })
      return () => subscription.unsubscribe()
    }
    this.#follow(start, () => listener(new Map()), signal)
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

  async find(accountKey: string, promptIds: readonly string[]): Promise<JudgedRun[]> {
    const records = await this.#open().runs.bulkGet(promptIds.map((id) => [accountKey, id]))
    return records.flatMap((record) => readJudged(record, accountKey) ?? [])
  }

  add(accountKey: string, entries: Entries): Promise<Added> {
    return this.#transact((tables) => addEntries(tables, accountKey, entries))
  }

  surplus(limits: RetentionLimits): Promise<number> {
    return surplusOf(this.#open(), limits)
  }

  trim(limits = this.limits()): Promise<void> {
    return trim(this.#open(), limits)
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

  /** Those who follow see that nothing is left; the next write makes a new database. */
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
    const { dexie, runs, summaries, readings, events, costs } = tables
    // Async itself: Dexie knows by that that it has to wait for native promises.
    const all = [runs, summaries, readings, events, costs]
    const result = await dexie.transaction('rw', all, async () => work(tables))
    for (const follower of this.#followers) follower.stop ??= follower.start()
    return result
  }
}
