import { movementOf, type Movement } from '../movement.ts'
import type { HistoryRow, RowChange } from '../row.ts'
import { costsCredits } from './filter.ts'

/** What went or came other than by spending; micro-USD, not negative. */
export type Moved = Exclude<Movement, 'spent'>

/**
 * What rows come to, each kind of figure for itself: figures of different certainty, or of different
 * names, are never one sum. Micro-USD but for what was announced, which was said in credits.
 */
export interface Totals extends Readonly<Record<Moved, number>> {
  readonly rows: number
  /** By runs and usage, and confirmed by the account or the balance. */
  readonly spentUsdMicros: number
  /** Spent at least: more of it may be on a page that is not loaded. */
  readonly atLeastUsdMicros: number
  /** Hundredths of a credit. */
  readonly announcedHundredths: number
  /** Runs and calls whose cost is not known. */
  readonly unknown: number
}

type Sums = { -readonly [K in keyof Totals]: Totals[K] }

export function totalsOf(rows: readonly HistoryRow[]): Totals {
  const sums: Sums = {
    rows: rows.length,
    spentUsdMicros: 0,
    atLeastUsdMicros: 0,
    announcedHundredths: 0,
    unknown: 0,
    added: 0,
    'payment-refunded': 0,
    'credits-refunded': 0,
    disputed: 0,
    'dispute-won': 0,
    'adjusted-up': 0,
    'adjusted-down': 0,
    'unknown-charge': 0,
    'unknown-credit': 0,
  }
  for (const row of rows) add(row, sums)
  return sums
}

function add(row: HistoryRow, sums: Sums): void {
  const { change } = row
  if (change.basis === 'announced') sums.announcedHundredths += Math.round(change.credits * 100)
  else if (change.basis === 'actual') addActual(row, change, sums)
  else if (change.basis === 'unknown' && costsCredits(row)) sums.unknown += 1
}

function addActual(
  row: HistoryRow,
  { usdMicros, complete }: Extract<RowChange, { basis: 'actual' }>,
  sums: Sums,
): void {
  const movement = movementOf(row)
  if (movement === null) return
  // A refund within a run takes from what the run cost.
  if (movement !== 'spent') sums[movement] += Math.abs(usdMicros)
  else if (complete) sums.spentUsdMicros -= usdMicros
  else sums.atLeastUsdMicros -= usdMicros
}
