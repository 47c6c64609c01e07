import type { HistoryRow } from '../row.ts'
import { piecesOf } from '../pieces.ts'
import { costsCredits } from './filter.ts'
import { totalsOf, type Totals } from './totals.ts'

export const groupings = ['day', 'workflow', 'model', 'node', 'member', 'api-key'] as const
export type Grouping = (typeof groupings)[number]

/**
 * What the rows of a group have in common. `unknown`: of runs, that nobody has said. `other`: of what
 * is no run and so has no name of this kind.
 */
export type GroupKey =
  | { readonly is: 'day'; readonly from: number }
  | { readonly is: 'names'; readonly names: readonly string[] }
  | { readonly is: 'unknown' | 'other' }

export interface RowGroup {
  readonly kind: 'group'
  readonly id: string
  readonly by: Grouping
  readonly key: GroupKey
  readonly rows: readonly HistoryRow[]
  readonly totals: Totals
}

/**
 * The groups' sums make the list's. A run of several nodes or models is in the group of each of them
 * with what that one cost, where this is known; what cannot be split is in a group of them all.
 * Groups stand where their first row does.
 */
export function groupRows(rows: readonly HistoryRow[], by: Grouping): RowGroup[] {
  const keyOf = by === 'day' ? dayKeys() : nameKeys(by)
  const groups = new Map<string, { key: GroupKey; rows: HistoryRow[] }>()
  for (const row of by === 'node' || by === 'model' ? splitRows(rows, by) : rows) {
    const { id, key } = keyOf(row)
    const group = groups.get(id)
    if (group) group.rows.push(row)
    else groups.set(id, { key, rows: [row] })
  }
  return [...groups].map(([id, group]) => ({
    kind: 'group',
    id: `group:${by}:${id}`,
    by,
    ...group,
    totals: totalsOf(group.rows),
  }))
}

/** A row of several nodes or models as one row for each, where it is known what each did. */
function splitRows(rows: readonly HistoryRow[], by: 'node' | 'model'): readonly HistoryRow[] {
  const names = `${by}s` as const
  if (!rows.some((row) => row[names].length > 1)) return rows
  return rows.flatMap((row) => {
    if (row[names].length < 2) return row
    const pieces = piecesOf(row, names)
    if (pieces.length === 1) return row
    return pieces.map((piece, index) => ({
      ...row,
      id: `${row.id}#${index}`,
      [names]: piece.names,
      change: piece.change,
    }))
  })
}

interface Named {
  readonly id: string
  readonly key: GroupKey
}

const nobodySaid: Named = { id: 'unknown', key: { is: 'unknown' } }
const other: Named = { id: 'other', key: { is: 'other' } }

/** No time zone's day begins between two quarters of an hour. */
const QUARTER_MS = 15 * 60_000

/** Days of the browser's time zone; each is found once, as asking for it is slow. */
function dayKeys(): (row: HistoryRow) => Named {
  const days = new Map<number, Named>()
  return ({ at }) => {
    if (at === null) return nobodySaid
    const quarter = Math.floor(at / QUARTER_MS)
    const known = days.get(quarter)
    if (known) return known
    const from = new Date(at).setHours(0, 0, 0, 0)
    const day: Named = { id: String(from), key: { is: 'day', from } }
    days.set(quarter, day)
    return day
  }
}

function nameKeys(by: Exclude<Grouping, 'day'>): (row: HistoryRow) => Named {
  const single = new Map<string, Named>()
  return (row) => {
    if (!costsCredits(row)) return other
    const names = namesOf(row, by)
    const [first] = names
    if (first === undefined) return nobodySaid
    if (names.length > 1) return named(names.toSorted())
    const known = single.get(first)
    if (known) return known
    const made = named([first])
    single.set(first, made)
    return made
  }
}

function namesOf(row: HistoryRow, by: Exclude<Grouping, 'day'>): readonly string[] {
  switch (by) {
    case 'workflow':
      return row.workflow === null ? [] : [row.workflow]
    case 'node':
      return row.nodes
    case 'model':
      return row.models
    case 'member':
      return row.members
    case 'api-key':
      return row.apiKeys
  }
}

/** Names may have anything in them: their list is the id. */
function named(names: readonly string[]): Named {
  return { id: JSON.stringify(names), key: { is: 'names', names } }
}
