import { piecesOf, type Piece, type SplitBy } from '../pieces.ts'
import type { HistoryRow } from '../row.ts'
import { isPlausible, periodFinder, periodsBetween, type Periods } from './periods.ts'
import { isSpending, largestFirst, nothingSpent, spend, type Spent } from './spent.ts'

/** As many as a person can distinguish. */
const MAX_SERIES = 8

/**
 * What cannot be split between several nodes or models is a series of its own. `unnamed`: the node
 * or model is not known.
 */
export type SeriesOf =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'unnamed' | 'unexplained' | 'shared' | 'others' }

export interface Series {
  readonly of: SeriesOf
  /** In all periods together. */
  readonly spent: Spent
  /** One for each period. */
  readonly perPeriod: readonly Spent[]
}

export interface PerDay extends Periods {
  /** Largest first, the others last. */
  readonly series: readonly Series[]
  readonly total: Spent
  /** Of `total`, what runs and usage cost. The rest left the balance, and nothing says why. */
  readonly known: Spent
  /** Of rows whose time is not known: they are in no period and not in `total`. */
  readonly undated: Spent
}

export function perDay(rows: readonly HistoryRow[], by: SplitBy): PerDay {
  const { named, seriesOfRow, first, last, total, known, undated } = sumsBySeries(rows, by)
  if (total.rows === 0) return { unit: 'day', all: [], series: [], total, known, undated }
  const { unit, all } = periodsBetween(first, last)
  const largest = named.toSorted(largestFirst)
  // One that would be alone among the others keeps its name.
  const kept = largest.slice(0, largest.length === MAX_SERIES + 1 ? undefined : MAX_SERIES)
  const series = new Map(kept.map((sum) => [sum, newSeries(sum.of, all.length)]))
  const others = newSeries({ kind: 'others' }, all.length)
  const periodOf = periodFinder(all)
  for (const [index, row] of rows.entries()) {
    for (const { sum, piece } of seriesOfRow[index] ?? []) {
      const { spent, perPeriod } = series.get(sum) ?? others
      spend(spent, piece)
      const inPeriod = perPeriod[periodOf(row.at ?? first)]
      if (inPeriod) spend(inPeriod, piece)
    }
  }
  const rest = others.spent.rows === 0 ? [] : [others]
  return { unit, all, series: [...series.values(), ...rest], total, known, undated }
}

type SeriesSum = Pick<Series, 'of' | 'spent'>

/**
 * Only sums: where runs call several nodes there may be nearly as many series as runs, and just the
 * largest are worth a sum for each period.
 */
function sumsBySeries(rows: readonly HistoryRow[], by: SplitBy) {
  const named = new Map<string, SeriesSum>()
  const undated = nothingSpent()
  const total = nothingSpent()
  const known = nothingSpent()
  let [first, last] = [Infinity, -Infinity]
  const seriesOfRow = rows.map((row) => {
    if (!isSpending(row)) return null
    if (!isPlausible(row.at)) {
      spend(undated, row)
      return null
    }
    spend(total, row)
    if (row.kind !== 'unexplained') spend(known, row)
    if (row.at < first) first = row.at
    if (row.at > last) last = row.at
    return piecesOf(row, by).map((piece) => {
      const key = keyOf(row, piece)
      const sum = named.get(key) ?? { of: seriesOf(row, piece), spent: nothingSpent() }
      named.set(key, sum)
      spend(sum.spent, piece)
      return { sum, piece }
    })
  })
  return { named: [...named.values()], seriesOfRow, first, last, total, known, undated }
}

/** Kept apart from names: a node may be called like a kind. */
function keyOf({ kind }: HistoryRow, { names }: Piece): string {
  return kind === 'unexplained' || kind === 'shared' ? kind : `: ${names.toSorted().join('\n')}`
}

function seriesOf({ kind }: HistoryRow, { names }: Piece): SeriesOf {
  if (kind === 'unexplained' || kind === 'shared') return { kind }
  return names.length === 0 ? { kind: 'unnamed' } : { kind: 'names', names }
}

function newSeries(of: SeriesOf, periods: number): Series {
  return { of, spent: nothingSpent(), perPeriod: Array.from({ length: periods }, nothingSpent) }
}
