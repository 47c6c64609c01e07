/** Since `at` of the service's clock, that is ahead of this page's by between `low` and `high`; milliseconds. */
export interface ClockReading {
  readonly at: number
  readonly low: number
  readonly high: number
}

/** What both say, since the first; null where a clock was set between them, or has drifted. */
export function agreement(first: ClockReading, next: ClockReading): ClockReading | null {
  const low = Math.max(first.low, next.low)
  const high = Math.min(first.high, next.high)
  return low <= high ? { at: first.at, low, high } : null
}
