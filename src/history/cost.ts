import { usdMicrosFromCredits } from '../../contract/money.ts'
import type { HistoryRow } from './row.ts'

/** What a run has cost, in micro-USD; null for what is no run, and where nobody has told yet. */
export function costOf({ kind, change }: HistoryRow): number | null {
  if (kind !== 'run') return null
  if (change.basis === 'actual') return change.complete ? -change.usdMicros : null
  return change.basis === 'announced' ? usdMicrosFromCredits(change.credits) : null
}
