import { blankRow, type HistoryRow } from '../../../src/history/row.ts'

/** A run's row of which nothing is known but what is said here. */
export function newRow(about: Partial<HistoryRow> = {}): HistoryRow {
  return { ...blankRow, id: 'run:p', kind: 'run', change: { basis: 'unknown' }, ...about }
}
