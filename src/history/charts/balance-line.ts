import type { Reading } from '../../reconciliation/balance-reading.ts'
import type { HistoryRow } from '../row.ts'
import {
  isPlausible,
  periodFinder,
  periodsBetween,
  type Period,
  type PeriodUnit,
} from './periods.ts'

/** More than there are pixels in a pane. */
const MAX_SLICES = 500

export interface TopUp {
  readonly at: number
  readonly usdMicros: number
  /** The first balance that was read after it. */
  readonly balanceUsdMicros: number
}

export interface PeriodBalance extends Period {
  /** At its end, and the lowest and highest that were read in it; micro-USD. */
  readonly lastUsdMicros: number
  readonly leastUsdMicros: number
  readonly mostUsdMicros: number
  readonly addedUsdMicros: number
}

export interface BalanceLine {
  /** Oldest first, and few enough to be drawn: none of the peaks is left out. */
  readonly points: readonly Reading[]
  readonly topUps: readonly TopUp[]
  readonly unit: PeriodUnit
  /** Those in which the balance was read. */
  readonly periods: readonly PeriodBalance[]
}

/** `readings` oldest first; `rows` in any order. */
export function balanceLine(
  readings: readonly Reading[],
  rows: readonly HistoryRow[],
): BalanceLine {
  const known = readings.filter(({ at }) => isPlausible(at))
  const [first, last] = [known[0], known.at(-1)]
  if (!first || !last) return { points: [], topUps: [], unit: 'day', periods: [] }
  const topUps = rows
    .flatMap((row) => topUpOf(row, known) ?? [])
    .toSorted((one, other) => one.at - other.at)
  return { points: thinned(known), topUps, ...inPeriods(known, topUps) }
}

/** Null before the first reading and after the last. */
function topUpOf({ kind, at, change }: HistoryRow, readings: readonly Reading[]): TopUp | null {
  if (kind !== 'top-up' || change.basis !== 'actual' || !isPlausible(at)) return null
  if (at < (readings[0]?.at ?? Infinity)) return null
  const after = readings[firstAtOrAfter(readings, at)]
  if (!after) return null
  return { at, usdMicros: change.usdMicros, balanceUsdMicros: after.usdMicros }
}

function firstAtOrAfter(readings: readonly Reading[], at: number): number {
  let [low, high] = [0, readings.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((readings[middle]?.at ?? Infinity) < at) low = middle + 1
    else high = middle
  }
  return low
}

/** The first, lowest, highest and last of each slice of time. */
function thinned(readings: readonly Reading[]): Reading[] {
  const [first, last] = [readings[0], readings.at(-1)]
  if (!first || !last || readings.length <= 2 * MAX_SLICES) return [...readings]
  const width = (last.at - first.at) / MAX_SLICES
  const slices = new Map<number, { first: Reading; last: Reading; least: Reading; most: Reading }>()
  for (const reading of readings) {
    const index = Math.floor((reading.at - first.at) / width)
    const slice = slices.get(index)
    if (!slice) {
      slices.set(index, { first: reading, last: reading, least: reading, most: reading })
      continue
    }
    slice.last = reading
    if (reading.usdMicros < slice.least.usdMicros) slice.least = reading
    if (reading.usdMicros > slice.most.usdMicros) slice.most = reading
  }
  return [...slices.values()].flatMap((slice) =>
    [...new Set([slice.first, slice.least, slice.most, slice.last])].toSorted(
      (a, b) => a.at - b.at,
    ),
  )
}

function inPeriods(
  readings: readonly Reading[],
  topUps: readonly TopUp[],
): { unit: PeriodUnit; periods: PeriodBalance[] } {
  const { unit, all } = periodsBetween(readings[0]?.at ?? 0, readings.at(-1)?.at ?? 0)
  const periodOf = periodFinder(all)
  const added = all.map(() => 0)
  for (const { at, usdMicros } of topUps) {
    const index = periodOf(at)
    added[index] = (added[index] ?? 0) + usdMicros
  }
  const sums = new Map<number, { last: number; least: number; most: number }>()
  for (const { at, usdMicros } of readings) {
    const index = periodOf(at)
    const { least, most } = sums.get(index) ?? { least: Infinity, most: -Infinity }
    sums.set(index, {
      last: usdMicros,
      least: Math.min(least, usdMicros),
      most: Math.max(most, usdMicros),
    })
  }
  const periods = all.flatMap((period, index) => {
    const sum = sums.get(index)
    return sum
      ? {
          ...period,
          lastUsdMicros: sum.last,
          leastUsdMicros: sum.least,
          mostUsdMicros: sum.most,
          addedUsdMicros: added[index] ?? 0,
        }
      : []
  })
  return { unit, periods }
}
