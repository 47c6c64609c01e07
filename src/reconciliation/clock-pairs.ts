import type { AccountEvent } from '../account-events/account-event.ts'
import { isUsage, kindOf, knownEvents } from '../account-events/kinds.ts'
import { memoize } from '../account-events/memoize.ts'
import { SETTLE_MS, type Call, type Run } from '../runs/run.ts'
import type { Reading } from './balance-reading.ts'
import type { Pair } from './best-offset.ts'
import { mayBeAnnounced } from './match-events.ts'

/** A history has thousands of either; how the clocks compare shows in the newest. */
export const MAX_THINGS = 20
const MAX_EVENTS = 40

/** A clock that is further off would not let anybody log in. */
const MAX_OFFSET_MS = 50 * 60 * 60_000

/** The newest events that are searched for them. */
const MAX_LOOKED_AT = 400

export const newestOf = memoize((events: readonly AccountEvent[]) => events.slice(0, MAX_LOOKED_AT))

interface Seen {
  readonly events: readonly AccountEvent[]
  /** The newest of this browser's. */
  readonly runs: readonly Run[]
  readonly readings: readonly Reading[]
}

/** Calls and top-ups with the events that may be theirs, by order, type and amount. */
export function pairsOf({ events, runs, readings }: Seen): Pair[] {
  const { all } = knownEvents(newestOf(events))
  const newest = all.filter(({ at }) => at !== null).slice(0, MAX_EVENTS)
  const usage = newest.filter((event) => isUsage(event) && event.jobId === null)
  const topUps = newest.filter((event) => kindOf(event) === 'top-up')
  return [...pairsOfCalls(runs, usage), ...pairsOfRises(readings, topUps)].filter(
    ({ low, high }) => high >= -MAX_OFFSET_MS && low <= MAX_OFFSET_MS,
  )
}

function pairsOfCalls(runs: readonly Run[], usage: readonly AccountEvent[]): Pair[] {
  const calls = runs.flatMap((run) => run.calls.map((call) => ({ run, call }))).slice(0, MAX_THINGS)
  return calls.flatMap(({ run, call }) => {
    const end = call.endedAt ?? run.endedAt
    if (end === null || call.outcome !== 'succeeded') return []
    return usage.flatMap((event) =>
      event.at !== null && mayBeOf(event, call)
        ? [pair(call, event, event.at, call.startedAt, end)]
        : [],
    )
  })
}

function mayBeOf({ chargeUsdMicros, nodeType }: AccountEvent, call: Call): boolean {
  if (nodeType !== null && call.nodeType !== null && nodeType !== call.nodeType) return false
  if (chargeUsdMicros === null || call.announcedCredits === null) return true
  return mayBeAnnounced(chargeUsdMicros, call.announcedCredits)
}

/** A balance that rose by just what was added. */
function pairsOfRises(readings: readonly Reading[], topUps: readonly AccountEvent[]): Pair[] {
  if (topUps.length === 0) return []
  const rises = readings.flatMap((to, index) => {
    const from = readings[index - 1]
    return from && to.usdMicros > from.usdMicros ? [{ from, to }] : []
  })
  return rises.slice(-MAX_THINGS).flatMap((rise) => {
    const added = rise.to.usdMicros - rise.from.usdMicros
    return topUps.flatMap((event) =>
      event.at !== null && event.amountUsdMicros === added
        ? [pair(rise, event, event.at, rise.from.at, rise.to.at)]
        : [],
    )
  })
}

/** The event lies between `from` and `to`, or is written a moment after. */
function pair(thing: object, event: AccountEvent, at: number, from: number, to: number): Pair {
  return { thing, event, at, low: at - to - SETTLE_MS, high: at - from }
}
