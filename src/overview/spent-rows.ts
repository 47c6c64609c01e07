import { isSpending } from '../history/charts/spent.ts'
import { movementOf } from '../history/movement.ts'
import type { HistoryRow } from '../history/row.ts'

/** What counts as spent, as in the sums of the history: a charge that nothing explains does not. */
export function isSpent(row: HistoryRow): boolean {
  if (row.kind === 'unexplained') return false
  return isSpending(row) || movementOf(row) === 'spent'
}
