import type { HistoryRow, RowStatus } from '../row.ts'
import { nothingSpent, sizeOf, spend, type Spent } from './spent.ts'

/** How runs end, as far as their cost is concerned; `other` is not known, or still to come. */
export const endings = {
  succeeded: ['succeeded', 'cached'],
  failed: ['failed'],
  cancelled: ['cancelled'],
  interrupted: ['interrupted'],
  other: ['running', 'lost', 'unknown'],
} as const satisfies Record<string, readonly RowStatus[]>

export type Ending = keyof typeof endings

export interface EndingCost {
  readonly ending: Ending
  readonly spent: Spent
  /** Of what all together have cost, announced and proved, from 0 to 1; null when that is nothing. */
  readonly share: number | null
}

export interface FailedShare {
  readonly all: readonly EndingCost[]
  /** What went to runs that failed, were cancelled or interrupted; as `share` above. */
  readonly lostShare: number | null
}

const endingOf = new Map<RowStatus, Ending>([
  ['succeeded', 'succeeded'],
  ['cached', 'succeeded'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['interrupted', 'interrupted'],
])

export function failedShare(rows: readonly HistoryRow[]): FailedShare {
  const sums: Record<Ending, Spent> = {
    succeeded: nothingSpent(),
    failed: nothingSpent(),
    cancelled: nothingSpent(),
    interrupted: nothingSpent(),
    other: nothingSpent(),
  }
  for (const row of rows) {
    if (row.kind === 'run' || row.kind === 'usage') {
      spend(sums[endingOf.get(row.status) ?? 'other'], row)
    }
  }
  const { succeeded, failed, cancelled, interrupted, other } = sums
  const whole = Object.values(sums).reduce((sum, spent) => sum + sizeOf(spent), 0)
  const share = (...parts: Spent[]): number | null =>
    whole > 0 ? parts.reduce((sum, part) => sum + sizeOf(part), 0) / whole : null
  const ends: [Ending, Spent][] = [
    ['succeeded', succeeded],
    ['failed', failed],
    ['cancelled', cancelled],
    ['interrupted', interrupted],
    ['other', other],
  ]
  return {
    all: ends
      .filter(([, { rows: count }]) => count > 0)
      .map(([ending, spent]) => ({ ending, spent, share: share(spent) })),
    lostShare: share(failed, cancelled, interrupted),
  }
}
