import type { HistoryRow } from '../row.ts'
import { costsCredits } from './filter.ts'

/**
 * What rows come to, each kind of figure for itself: together they are of no certainty at all.
 * Amounts are not negative; micro-USD but for what was announced, which was said in credits.
 */
export interface Totals {
  readonly rows: number
  /** Spent, and shown by the account or the balance. */
  readonly spentUsdMicros: number
  /** Spent at least: more of it may be on a page that is not loaded. */
  readonly atLeastUsdMicros: number
  /** Hundredths of a credit. */
  readonly announcedHundredths: number
  /** Came in: top-ups, refunds and the like. */
  readonly addedUsdMicros: number
  /** Runs and calls of which nobody has said what they cost. */
  readonly unknown: number
}

type Sums = { -readonly [K in keyof Totals]: Totals[K] }

export function totalsOf(rows: readonly HistoryRow[]): Totals {
  const sums: Sums = {
    rows: rows.length,
    spentUsdMicros: 0,
    atLeastUsdMicros: 0,
    announcedHundredths: 0,
    addedUsdMicros: 0,
    unknown: 0,
  }
  for (const row of rows) add(row, sums)
  return sums
}

function add(row: HistoryRow, sums: Sums): void {
  const { change } = row
  switch (change.basis) {
    case 'actual':
      if (change.usdMicros > 0) sums.addedUsdMicros += change.usdMicros
      else if (change.complete) sums.spentUsdMicros -= change.usdMicros
      else sums.atLeastUsdMicros -= change.usdMicros
      return
    case 'announced':
      sums.announcedHundredths += Math.round(change.credits * 100)
      return
    case 'unknown':
      if (costsCredits(row)) sums.unknown += 1
      return
    case 'none':
  }
}
