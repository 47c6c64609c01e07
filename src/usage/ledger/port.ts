import type { Run } from '../run.ts'
import type { Verdict } from '../verdict.ts'

/** A balance as it was read; epoch milliseconds and micro-USD. */
export interface Reading {
  readonly at: number
  readonly usdMicros: number
}

/** What is kept of one place: the purse store's name for an account and its purse. */
export interface Kept {
  /** Newest first. */
  readonly runs: readonly Run[]
  /** What was said of them, by prompt_id. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Oldest first, from the time of the oldest of `runs` on. */
  readonly readings: readonly Reading[]
  /** There are older runs than these. */
  readonly more: boolean
}

export interface Writing {
  readonly place: string
  readonly runs: readonly Run[]
  readonly readings: readonly Reading[]
  /** Of runs that are kept, or written with them. */
  readonly verdicts?: readonly Verdict[]
}

/** What happened to the credits of each purse in this browser, over all its tabs and visits. */
export interface Ledger {
  /**
   * Tells what is kept of `place`, its `limit` newest runs, at once and after each change, whichever
   * tab made it, until `signal` aborts; `failed` when the browser does not let us read, and then
   * nothing more.
   */
  follow(
    place: string,
    limit: number,
    listener: (kept: Kept) => void,
    failed: (error: unknown) => void,
    signal: AbortSignal,
  ): void
  /** Rejects when the browser does not let us write. */
  write(writings: readonly Writing[]): Promise<void>
  close(): void
}

export const nothingKept: Kept = { runs: [], verdicts: new Map(), readings: [], more: false }
