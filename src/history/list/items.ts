import type { HistoryRow } from '../row.ts'
import type { RowGroup } from './group.ts'

/** Below its row when that is opened. */
export interface OpenedRow {
  readonly kind: 'opened'
  readonly id: string
  readonly row: HistoryRow
}

/** A line of the table. */
export type ListItem = HistoryRow | RowGroup | OpenedRow

/** The table's head is its first row. */
export const HEAD_ROWS = 1

/** What ARIA calls the line of that index: it counts from 1 and with the head. */
export function ariaRowIndex(index: number): number {
  return index + 1 + HEAD_ROWS
}

export interface Unfolded {
  /** Ids of groups whose rows are not shown. */
  readonly collapsed: ReadonlySet<string>
  /** Ids of rows whose calls are shown. */
  readonly opened: ReadonlySet<string>
}

/** All lines, in their order; `rows` where there are no groups. */
export function itemsOf(
  rows: readonly HistoryRow[],
  groups: readonly RowGroup[] | null,
  { collapsed, opened }: Unfolded,
): readonly ListItem[] {
  if (groups === null) return withOpened(rows, opened)
  return groups.flatMap((group) => [
    group,
    ...(collapsed.has(group.id) ? [] : withOpened(group.rows, opened)),
  ])
}

function withOpened(
  rows: readonly HistoryRow[],
  opened: ReadonlySet<string>,
): readonly (HistoryRow | OpenedRow)[] {
  if (opened.size === 0) return rows
  return rows.flatMap((row) =>
    opened.has(row.id) ? [row, { kind: 'opened', id: `opened:${row.id}`, row }] : row,
  )
}
