import { blankRow, type HistoryRow } from '../../../src/history/row.ts'

/** A run's row, unknown but for what is given here. */
export function newRow(about: Partial<HistoryRow> = {}): HistoryRow {
  return { ...blankRow, id: 'run:p', kind: 'run', change: { basis: 'unknown' }, ...about }
}
