import type { AccountEvent } from '../account-events/account-event.ts'

/** The server's clock is ahead of the browser's by `low` to `high` milliseconds. */
export interface ClockBounds {
  readonly low: number
  readonly high: number
}

/** Something the browser saw, and the events that may be the same thing. */
export interface Pair extends ClockBounds {
  /** The thing that was seen: it is one event at most. */
  readonly thing: object
  readonly event: AccountEvent
  readonly at: number
}

export const thingOf = ({ thing }: Pair): object => thing

interface Best {
  readonly bounds: ClockBounds
  readonly things: readonly object[]
  readonly events: readonly AccountEvent[]
  /** Another offset, far from this one, explains as much. */
  readonly isUnclear: boolean
}

/** The offsets within `limits` by which most of what was seen has an event; of as many the smallest. */
export function bestOf(pairs: readonly Pair[], limits: ClockBounds): Best | null {
  const inside = pairs.filter(({ low, high }) => low <= limits.high && high >= limits.low)
  const atZero = limits.low <= 0 && limits.high >= 0 ? matchedAt(inside, 0) : null
  if (atZero && atZero.things.length === new Set(inside.map(thingOf)).size) {
    return inside.length === 0 ? null : { ...atZero, bounds: { low: 0, high: 0 }, isUnclear: false }
  }
  const edges = new Set(
    [0, ...inside.flatMap(({ low, high }) => [low, high])].filter(
      (edge) => edge >= limits.low && edge <= limits.high,
    ),
  )
  if (limits.low > -Infinity) edges.add(limits.low)
  const scored = [...edges].map((edge) => ({ edge, ...matchedAt(inside, edge) }))
  const most = Math.max(0, ...scored.map(({ things }) => things.length))
  if (most === 0) return null
  const ties = scored
    .filter(({ things }) => things.length === most)
    .sort((a, b) => Math.abs(a.edge) - Math.abs(b.edge))
  const [first] = ties
  if (!first) return null
  const same = ties.filter(({ events }) => first.events.every((event) => events.includes(event)))
  const sure = same.map(({ edge }) => edge)
  return {
    bounds: { low: Math.min(...sure), high: Math.max(...sure) },
    things: first.things,
    events: first.events,
    isUnclear: same.length < ties.length,
  }
}

/** Each thing with an event of its own, as far as there are as many. */
function matchedAt(pairs: readonly Pair[], offset: number) {
  const things = new Set<object>()
  const events = new Set<AccountEvent>()
  for (const { thing, event, low, high } of pairs) {
    if (offset < low || offset > high || things.has(thing) || events.has(event)) continue
    things.add(thing)
    events.add(event)
  }
  return { things: [...things], events: [...events] }
}

export function nearestTo(offset: number, { low, high }: ClockBounds): number {
  return Math.min(Math.max(offset, low), high)
}
