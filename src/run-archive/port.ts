import type { Run } from '../runs/run.ts'
import type { RunSummary } from './summary.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import type { RetentionLimits } from './retention.ts'
import type { StoredEvent } from './stored-event.ts'

export type RunKey = [accountKey: string, promptId: string]
export type SummaryKey = [accountKey: string, startedAt: number, promptId: string]
export type ReadingKey = [accountKey: string, at: number]
export type EventKey = [accountKey: string, eventId: string]
export type CostKey = [
  accountKey: string,
  settings: string,
  at: number,
  promptId: string,
  nodeId: string,
]

/** A run and its latest verdict; null before the first. */
export interface JudgedRun {
  readonly run: Run
  readonly verdict: Verdict | null
}

/** What one call really cost, and how long it took, under the settings that its price depends on. */
export interface CallCost {
  /** Names these settings: `Run.settings`. */
  readonly settings: string
  /** When its run began, epoch milliseconds. */
  readonly at: number
  readonly promptId: string
  readonly nodeId: string
  /** Null where no figure is of this very call. */
  readonly usdMicros: number | null
  readonly ms: number
}

/** What is stored under one account key (`accountKey` of the billing account store). */
export interface StoredRuns {
  /** Newest first. */
  readonly runs: readonly Run[]
  /** Their verdicts, by prompt_id. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Oldest first, from the time of the oldest of `runs` on. */
  readonly readings: readonly Reading[]
  /** There are older runs than these. */
  readonly more: boolean
}

export interface Writing {
  readonly accountKey: string
  readonly runs: readonly Run[]
  readonly readings: readonly Reading[]
  /** Of runs that are stored, or written with them. */
  readonly verdicts?: readonly Verdict[]
}

/** How much is stored of one account, as a person asks about it. */
export interface StoredSize {
  readonly runs: number
  /** When the oldest began, epoch milliseconds; null when there is none. */
  readonly since: number | null
  /** About. */
  readonly bytes: number
}

export interface Entries {
  readonly runs: readonly JudgedRun[]
  readonly readings: readonly Reading[]
  /** Events of the account that came from a file and that no stored run accounts for. */
  readonly events: readonly StoredEvent[]
}

/** How many of each were not stored before. */
export interface Added {
  readonly runs: number
  readonly events: number
}

/** All that is stored, to export it, add to it, or delete some of it. */
export interface Archive {
  size(accountKey: string): Promise<StoredSize>
  /** In pieces, oldest first. */
  entries(accountKey: string): AsyncIterable<Entries>
  /** Those of these runs that are stored. */
  find(accountKey: string, promptIds: readonly string[]): Promise<JudgedRun[]>
  /** Adds what is not stored yet, and changes what is only where these are surer. */
  add(accountKey: string, entries: Entries): Promise<Added>
  /** How many runs, of every account, are beyond these limits. */
  surplus(limits: RetentionLimits): Promise<number>
  /** Deletes what is beyond these limits, or else those that were chosen. */
  trim(limits?: RetentionLimits): Promise<void>
}

/** Which of the newest runs are read. */
export interface Recent {
  /** Those that have begun since, epoch milliseconds … */
  readonly from: number
  /** … and at least so many, where there are as many. */
  readonly count: number
}

/**
 * What happened to the credits of each billing account in this browser, over all its tabs and
 * visits.
 */
export interface RunArchive {
  /** The `limit` newest runs of `accountKey`. Rejects when the browser does not let us read. */
  newest(accountKey: string, limit: number): Promise<StoredRuns>
  /**
   * Reports the `limit` newest runs of `accountKey`, at once and after each change, whichever
   * tab made it, until `signal` aborts; `failed` when the browser does not let us read, and then
   * nothing more.
   */
  follow(
    accountKey: string,
    limit: number,
    listener: (stored: StoredRuns) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void
  /**
   * Reports the summaries of all runs of `accountKey`, newest first: when all are read, in pieces
   * that leave the page its time, and then soon after each change, whichever tab made it. With
   * `recent` those of the newest runs alone: it reads no others.
   */
  followAll(
    accountKey: string,
    listener: (all: readonly RunSummary[]) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
    recent?: Recent,
  ): void
  /**
   * Reports all balances of `accountKey` that were read up to `until`, oldest first, and again when an
   * import, a deletion or another tab has changed which these are.
   */
  followReadings(
    accountKey: string,
    until: number,
    listener: (readings: readonly Reading[]) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void
  /**
   * Reports the stored events of `accountKey`, newest first, and again when an import, a deletion or
   * another tab has changed which these are.
   */
  followEvents(
    accountKey: string,
    listener: (events: readonly StoredEvent[]) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void
  /**
   * Reports what calls with these settings have cost, newest first, at once and after each change;
   * nothing for settings that no stored run had.
   */
  followCosts(
    accountKey: string,
    settings: readonly string[],
    listener: (costs: ReadonlyMap<string, readonly CallCost[]>) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void
  /** Null when it is not stored. */
  read(accountKey: string, promptId: string): Promise<JudgedRun | null>
  /** Rejects when the browser does not let us write. */
  write(writings: readonly Writing[]): Promise<void>
  close(): void
}

export const nothingStored: StoredRuns = {
  runs: [],
  verdicts: new Map(),
  readings: [],
  more: false,
}
