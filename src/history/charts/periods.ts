export type PeriodUnit = 'day' | 'week' | 'month' | 'year'

/** Epoch milliseconds: from `from` until just before `to`, in the person's time zone. */
export interface Period {
  readonly from: number
  readonly to: number
}

export interface Periods {
  readonly unit: PeriodUnit
  /** Without gaps, oldest first. */
  readonly all: readonly Period[]
}

/** No more than the eye can keep apart side by side. */
const MAX_PERIODS = 62
const DAY_MS = 24 * 60 * 60_000
const spans = [
  ['day', DAY_MS],
  ['week', 7 * DAY_MS],
  ['month', 30 * DAY_MS],
] as const

/** API nodes are younger than that. An earlier time is wrong: a clock's fault, or an answer's. */
const EARLIEST = Date.UTC(2020, 0)
const LATEST = Date.UTC(2100, 0)

export function isPlausible(at: number | null): at is number {
  return at !== null && at >= EARLIEST && at < LATEST
}

/** The periods from one time to another: days, or as long as it takes for there to be few. */
export function periodsBetween(first: number, last: number): Periods {
  const unit = spans.find(([, length]) => (last - first) / length < MAX_PERIODS - 1)?.[0] ?? 'year'
  const all: Period[] = []
  let from = startOf(unit, first)
  while (from <= last) {
    const to = nextOf(unit, from)
    all.push({ from, to })
    from = to
  }
  return { unit, all }
}

/** By index; times come mostly in order, so the last answer is looked at first. */
export function periodFinder(all: readonly Period[]): (at: number) => number {
  let known = 0
  return (at) => {
    if (!contains(all[known], at)) known = search(all, at)
    return known
  }
}

function contains(period: Period | undefined, at: number): boolean {
  return period !== undefined && at >= period.from && at < period.to
}

function search(all: readonly Period[], at: number): number {
  let [low, high] = [0, all.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((all[middle]?.from ?? Infinity) <= at) low = middle
    else high = middle - 1
  }
  return low
}

/** By the calendar: a day has 23 or 25 hours when the clocks change. Weeks begin on Monday. */
function startOf(unit: PeriodUnit, at: number): number {
  const date = new Date(at)
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()]
  switch (unit) {
    case 'day':
      return new Date(year, month, day).getTime()
    case 'week':
      return new Date(year, month, day - ((date.getDay() + 6) % 7)).getTime()
    case 'month':
      return new Date(year, month).getTime()
    case 'year':
      return new Date(year, 0).getTime()
  }
}

function nextOf(unit: PeriodUnit, from: number): number {
  const date = new Date(from)
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()]
  switch (unit) {
    case 'day':
      return new Date(year, month, day + 1).getTime()
    case 'week':
      return new Date(year, month, day + 7).getTime()
    case 'month':
      return new Date(year, month + 1).getTime()
    case 'year':
      return new Date(year + 1, 0).getTime()
  }
}
