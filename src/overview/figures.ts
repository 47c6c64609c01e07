import { nothingSpent, sizeOf, spend, type Spent } from '../history/charts/spent.ts'
import { costOf } from '../history/cost.ts'
import type { HistoryRow } from '../history/row.ts'
import { contains, lastDays, thisMonth, type Compared } from '../session/calendar.ts'
import { isSpent } from './spent-rows.ts'

/** The days whose runs make the average. */
const AVERAGE_DAYS = 30

export interface Figure {
  readonly spent: Spent
  /** From -1 up: 0.24 is 24 % more than in as much of the period before; null where nobody can say. */
  readonly change: number | null
  /** Whether all of the period is loaded. A part is never shown as the whole. */
  readonly isWhole: boolean
}

export interface AverageRun {
  /** Of runs whose cost is known; null where there are none. */
  readonly usdMicros: number | null
  readonly runs: number
  readonly change: number | null
  readonly isWhole: boolean
}

export interface Figures {
  readonly today: Figure
  readonly week: Figure
  readonly month: Figure
  readonly average: AverageRun
}

interface Moment {
  readonly now: number
  /** From when on the account's events are all loaded; -Infinity where that is all there are. */
  readonly knownSince: number
}

/** `rows` newest first; those without a time may be anywhere. */
export function figuresOf(rows: readonly HistoryRow[], { now, knownSince }: Moment): Figures {
  const sums = [lastDays(1, now), lastDays(7, now), thisMonth(now)].map(newSum)
  const average = newAverage(lastDays(AVERAGE_DAYS, now))
  const oldest = Math.min(average.of.before.from, ...sums.map(({ of }) => of.before.from))
  for (const row of rows) {
    if (row.at === null) continue
    if (row.at < oldest) break
    addRun(average, row, row.at)
    if (!isSpent(row)) continue
    for (const { of, spent, before } of sums) {
      if (contains(of.now, row.at)) spend(spent, row)
      else if (contains(of.before, row.at)) spend(before, row)
    }
  }
  const [today, week, month] = sums.map((sum) => figureOf(sum, knownSince))
  if (!today || !week || !month) throw new Error('There are three periods')
  return { today, week, month, average: averageOf(average, knownSince) }
}

interface Sum {
  readonly of: Compared
  readonly spent: Spent
  readonly before: Spent
}

function newSum(of: Compared): Sum {
  return { of, spent: nothingSpent(), before: nothingSpent() }
}

function figureOf({ of, spent, before }: Sum, knownSince: number): Figure {
  const isWhole = knownSince <= of.now.from
  const isComparable = knownSince <= of.before.from
  return { spent, isWhole, change: isComparable ? changeOf(sizeOf(spent), sizeOf(before)) : null }
}

interface Average {
  readonly of: Compared
  usdMicros: number
  runs: number
  usdMicrosBefore: number
  runsBefore: number
}

function newAverage(of: Compared): Average {
  return { of, usdMicros: 0, runs: 0, usdMicrosBefore: 0, runsBefore: 0 }
}

/** A run that cost nothing, as a cached one, says nothing of what runs cost. */
function addRun(average: Average, row: HistoryRow, at: number): void {
  const cost = costOf(row)
  if (cost === null || cost <= 0) return
  if (contains(average.of.now, at)) {
    average.usdMicros += cost
    average.runs += 1
  } else if (contains(average.of.before, at)) {
    average.usdMicrosBefore += cost
    average.runsBefore += 1
  }
}

function averageOf(average: Average, knownSince: number): AverageRun {
  const { of, runs, runsBefore } = average
  const mean = runs === 0 ? null : Math.round(average.usdMicros / runs)
  const before = runsBefore === 0 ? 0 : average.usdMicrosBefore / runsBefore
  const isComparable = mean !== null && knownSince <= of.before.from
  return {
    usdMicros: mean,
    runs,
    change: isComparable ? changeOf(mean, before) : null,
    isWhole: knownSince <= of.now.from,
  }
}

function changeOf(now: number, before: number): number | null {
  return before > 0 ? now / before - 1 : null
}
