import type { LimitProgress } from './progress.ts'

/** How far a limit is used; `near` from the share on that people are notified of. */
export type Reach = 'fine' | 'near' | 'reached'

const NEAR_PERCENT = 80

export interface Shares {
  /** 1 is all of it, and it may be more. */
  readonly spent: number
  /** What the bar draws: together at most 1. */
  readonly drawnSpent: number
  readonly drawnReserved: number
}

export function sharesOf({ limit, spentUsdMicros, reservedUsdMicros }: LimitProgress): Shares {
  const of = (usdMicros: number): number =>
    limit.usdMicros > 0 ? Math.max(0, usdMicros) / limit.usdMicros : 1
  const drawnSpent = Math.min(1, of(spentUsdMicros))
  return {
    spent: of(spentUsdMicros),
    drawnSpent,
    drawnReserved: Math.min(1 - drawnSpent, of(reservedUsdMicros)),
  }
}

export function reachOf({ limit, spentUsdMicros, reservedUsdMicros }: LimitProgress): Reach {
  const used = Math.max(0, spentUsdMicros) + reservedUsdMicros
  if (used >= limit.usdMicros) return 'reached'
  return used * 100 >= limit.usdMicros * NEAR_PERCENT ? 'near' : 'fine'
}
