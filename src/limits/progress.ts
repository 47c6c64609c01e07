import type { Expected } from '../reservations/expected.ts'
import type { KnownRun } from './known-run.ts'
import type { Limit } from './limit.ts'
import { periodOf } from './period.ts'
import { shareIn, touches, type NodeModels } from './scope.ts'

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

/** What is known of the account's runs. */
export interface Known {
  readonly runs: readonly KnownRun[]
  readonly learned: NodeModels
  /** From when on all runs of this browser are known, epoch milliseconds; Infinity: from nowhere. */
  readonly since: number
}

export function progressOf(limit: Limit, known: Known, now: number): LimitProgress {
  const { from, resetsAt } = periodOf(limit.period, now)
  let [spent, reserved, isPartial] = [0, 0, false]
  if (resetsAt !== null) {
    isPartial = known.since > from
    for (const run of known.runs) {
      if (run.at < from) continue
      const share = shareIn(limit.scope, run, known.learned)
      if (share === null || (share > 0 && !run.isKnown)) isPartial = true
      spent += run.spentUsdMicros * (share ?? 0)
      reserved += run.reservedUsdMicros * (share ?? 0)
    }
  }
  return {
    limit,
    spentUsdMicros: Math.round(spent),
    reservedUsdMicros: Math.round(reserved),
    from,
    resetsAt,
    isPartial,
  }
}

/**
 * How far the limit is used before `batchCount` such runs, where these would go over it; null where
 * they would not. A limit that is used up lets nothing go on that may cost.
 */
export function exceeded(
  progress: LimitProgress,
  run: Expected,
  batchCount: number,
  learned: NodeModels,
): LimitProgress | null {
  const { limit, spentUsdMicros, reservedUsdMicros } = progress
  if (!touches(limit.scope, run, learned)) return null
  const each = Math.round(run.usdMicros * (shareIn(limit.scope, run, learned) ?? 0))
  if (limit.period === 'run') {
    return each > limit.usdMicros ? { ...progress, reservedUsdMicros: each } : null
  }
  const used = spentUsdMicros + reservedUsdMicros
  const isOver = used >= limit.usdMicros || used + each * batchCount > limit.usdMicros
  return isOver ? progress : null
}
