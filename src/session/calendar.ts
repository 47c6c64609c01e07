/** From the first moment to before the last, epoch milliseconds, in the person's time zone. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A period that goes on, and as much of the one before it, so that the two can be compared. */
export interface Compared {
  readonly now: Span
  readonly before: Span
}

/** By the calendar: a day has 23 or 25 hours when the clocks change. */
export function lastDays(count: number, now: number): Compared {
  return {
    now: { from: dayStart(now, 1 - count), to: dayStart(now, 1) },
    before: { from: dayStart(now, 1 - 2 * count), to: sameTime(now, -count) },
  }
}

export function thisMonth(now: number): Compared {
  const date = new Date(now)
  const [year, month] = [date.getFullYear(), date.getMonth()]
  const first = new Date(year, month, 1).getTime()
  const before = new Date(year, month - 1, 1).getTime()
  return {
    now: { from: first, to: dayStart(now, 1) },
    // A month may be shorter than the one after it.
    before: { from: before, to: Math.min(first, before + (now - first)) },
  }
}

export function contains({ from, to }: Span, at: number): boolean {
  return at >= from && at < to
}

export function dayStart(now: number, plusDays = 0): number {
  const date = new Date(now)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + plusDays).getTime()
}

function sameTime(now: number, plusDays: number): number {
  const date = new Date(now)
  date.setDate(date.getDate() + plusDays)
  return date.getTime()
}
