import { addSpent, largestFirst, nothingSpent, sizeOf, spend } from '../history/charts/spent.ts'
import type { Spent } from '../history/charts/spent.ts'
import { piecesOf } from '../history/pieces.ts'
import type { HistoryRow, RowChange } from '../history/row.ts'
import { dayStart, type Span } from '../session/calendar.ts'
import { isSpent } from './spent-rows.ts'

export const stackings = ['node', 'model', 'workflow', 'outcome'] as const
export type Stacking = (typeof stackings)[number]

/** Two weeks: as many columns as have room for a figure each. */
const MAX_DAYS = 14
const MIN_DAYS = 7
const HOURLY_WITHIN_MS = 48 * 60 * 60_000
const HOUR_MS = 60 * 60_000
const MIN_HOURS = 12
/** As many as a person can tell apart; the rest is one more. */
const MAX_NAMED = 5

/** What failed or was cancelled stands apart, whatever it was spent on. */
export type SeriesOf =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'unnamed' | 'shared' | 'others' | 'succeeded' | 'pending' }
  | { readonly kind: 'failed' | 'cancelled' }

export interface ChartSeries {
  readonly key: string
  readonly of: SeriesOf
  readonly spent: Spent
  /** One for each column. */
  readonly perColumn: readonly Spent[]
}

export interface SpendingChart {
  readonly unit: 'hour' | 'day'
  readonly columns: readonly (Span & { readonly spent: Spent })[]
  /** From the bottom of the stack to its top. */
  readonly series: readonly ChartSeries[]
  readonly spent: Spent
}

/** `rows` newest first. Credits per day of the last two weeks, or per hour where two days have it all. */
export function spendingChart(
  rows: readonly HistoryRow[],
  by: Stacking,
  now: number,
): SpendingChart {
  const counted = recentRows(rows, { from: dayStart(now, 1 - MAX_DAYS), to: dayStart(now, 1) })
  const first = counted.at(-1)?.at ?? now
  const isRecent = counted.length > 0 && now - first < HOURLY_WITHIN_MS
  const { unit, spans } = isRecent ? hours(first, now) : days(first, now)
  const columns = spans.map((span) => ({ ...span, spent: nothingSpent() }))
  const series = new Map<string, Draft>()
  const spent = nothingSpent()
  for (const row of counted) {
    const index = columns.findLastIndex(({ from }) => from <= row.at)
    const column = columns[index]
    if (!column) continue
    spend(column.spent, row)
    spend(spent, row)
    for (const { of, change } of partsOf(row, by)) {
      const one = draftOf(series, of, columns.length)
      spend(one.spent, { change })
      spend(one.perColumn[index] ?? nothingSpent(), { change })
    }
  }
  return { unit, columns, series: stacked([...series.values()], columns.length), spent }
}

type Draft = ChartSeries & { readonly perColumn: Spent[] }
type TimedRow = HistoryRow & { readonly at: number }

function recentRows(rows: readonly HistoryRow[], span: Span): TimedRow[] {
  const recent: TimedRow[] = []
  for (const row of rows) {
    if (row.at === null) continue
    if (row.at < span.from) break
    // A clock was wrong: it is on no day that has been.
    if (row.at < span.to && isSpent(row)) recent.push(row as TimedRow)
  }
  return recent
}

function hours(first: number, now: number): { unit: 'hour'; spans: Span[] } {
  const last = hourStart(now)
  const start = Math.min(hourStart(first), last - (MIN_HOURS - 1) * HOUR_MS)
  const count = Math.round((last - start) / HOUR_MS) + 1
  const spans = Array.from({ length: count }, (_, index) => {
    const from = start + index * HOUR_MS
    return { from, to: from + HOUR_MS }
  })
  return { unit: 'hour', spans }
}

function hourStart(at: number): number {
  return new Date(at).setMinutes(0, 0, 0)
}

function days(first: number, now: number): { unit: 'day'; spans: Span[] } {
  const since = Math.round((dayStart(now) - dayStart(first)) / (24 * HOUR_MS)) + 1
  const count = Math.min(MAX_DAYS, Math.max(MIN_DAYS, since))
  const spans = Array.from({ length: count }, (_, index) => ({
    from: dayStart(now, index + 1 - count),
    to: dayStart(now, index + 2 - count),
  }))
  return { unit: 'day', spans }
}

interface Part {
  readonly of: SeriesOf
  readonly change: RowChange
}

function partsOf(row: HistoryRow, by: Stacking): readonly Part[] {
  const { change } = row
  if (row.status === 'failed') return [{ of: { kind: 'failed' }, change }]
  if (row.status === 'cancelled' || row.status === 'interrupted') {
    return [{ of: { kind: 'cancelled' }, change }]
  }
  if (by === 'outcome') {
    const ended = row.status === 'succeeded' || row.status === 'cached'
    return [{ of: { kind: ended ? 'succeeded' : 'pending' }, change }]
  }
  if (row.kind === 'shared') return [{ of: { kind: 'shared' }, change }]
  if (by === 'workflow') return [{ of: named(row.workflow === null ? [] : [row.workflow]), change }]
  return piecesOf(row, by === 'node' ? 'nodes' : 'models').map((piece) => ({
    of: named(piece.names),
    change: piece.change,
  }))
}

function named(names: readonly string[]): SeriesOf {
  return names.length === 0 ? { kind: 'unnamed' } : { kind: 'names', names }
}

function draftOf(series: Map<string, Draft>, of: SeriesOf, columns: number): Draft {
  // Kinds are no names: a node may be called as one of them.
  const key = of.kind === 'names' ? `: ${of.names.toSorted().join('\n')}` : of.kind
  const known = series.get(key)
  if (known) return known
  const made = newDraft(key, of, columns)
  series.set(key, made)
  return made
}

function newDraft(key: string, of: SeriesOf, columns: number): Draft {
  const perColumn = Array.from({ length: columns }, nothingSpent)
  return { key, of, spent: nothingSpent(), perColumn }
}

/** Largest at the bottom, then all others, then what failed and what was cancelled. */
function stacked(series: readonly Draft[], columns: number): readonly ChartSeries[] {
  const priced = series.filter(({ spent }) => sizeOf(spent) > 0)
  const isLost = ({ of }: Draft): boolean => of.kind === 'failed' || of.kind === 'cancelled'
  const largest = priced.filter((one) => !isLost(one)).toSorted(largestFirst)
  // One that would be alone among the others keeps its name.
  const shown = largest.length === MAX_NAMED + 1 ? largest : largest.slice(0, MAX_NAMED)
  const rest = largest.slice(shown.length)
  const lost = priced.filter(isLost).toSorted((a, b) => b.key.localeCompare(a.key, 'en'))
  if (rest.length === 0) return [...shown, ...lost]
  const others = newDraft('others', { kind: 'others' }, columns)
  for (const { spent, perColumn } of rest) {
    addSpent(others.spent, spent)
    for (const [index, sum] of others.perColumn.entries()) {
      addSpent(sum, perColumn[index] ?? nothingSpent())
    }
  }
  return [...shown, others, ...lost]
}
