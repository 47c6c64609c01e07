import type { Limit } from './limit.ts'

/** How far a limit is used. */
export interface LimitProgress {
  readonly limit: Limit
  /** What the runs of the period have cost so far, as far as this browser knows. */
  readonly spentUsdMicros: number
  /** What those that are queued or still run are expected to cost beyond that. */
  readonly reservedUsdMicros: number
  /** When the period began, epoch milliseconds. */
  readonly from: number
  /** Null for a limit per run: each run is judged by itself. */
  readonly resetsAt: number | null
  /** Not everything of the period is known: it may be more. */
  readonly isPartial: boolean
}
