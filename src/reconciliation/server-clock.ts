import type { AccountEvent } from '../account-events/account-event.ts'
import { isUsage, kindOf, knownEvents, STARTED } from '../account-events/kinds.ts'
import { SETTLE_MS, type Call, type Run } from '../runs/run.ts'
import type { Reading } from './balance-reading.ts'
import { EVENT_SLACK_MS, mayBeAnnounced } from './match-events.ts'

/** Between two answers of the account, in the browser's time: when an event was not there, and was. */
export interface Sighting {
  readonly after: number
  readonly by: number
}

export interface ClockEvidence {
  readonly events: readonly AccountEvent[]
  readonly runs: readonly Run[]
  readonly readings: readonly Reading[]
  /** By the event's id: those that were seen to appear. */
  readonly sightings: ReadonlyMap<string, Sighting>
  /** When the newest events were read, in the browser's time; null before that. */
  readonly readAt: number | null
}

/**
 * The account's events in the browser's time. The two clocks are compared by what both have seen:
 * runs whose events carry their id, events that appeared between two answers, and, where there is
 * neither, calls and top-ups whose order, type and amount are those of the events. Each stretch of
 * time has an offset of its own, since a clock drifts and is set. Where nothing says that the clocks
 * differ, they do not. What has not changed is the same array as before.
 */
export function browserTimeKeeper(): (evidence: ClockEvidence) => readonly AccountEvent[] {
  let last: Made | null = null
  return (evidence) => {
    const { events } = evidence
    const marks = marksOf(evidence)
    const written = JSON.stringify(marks)
    if (last?.events !== events || last.marks !== written)
      last = { events, marks: written, made: shifted(events, marks) }
    return last.made
  }
}

interface Made {
  readonly events: readonly AccountEvent[]
  readonly marks: string
  readonly made: readonly AccountEvent[]
}

function shifted(events: readonly AccountEvent[], marks: readonly Mark[]) {
  if (marks.every(({ offset }) => offset === 0)) return events
  return events.map((event) =>
    event.at === null ? event : { ...event, at: event.at - offsetAt(marks, event.at) },
  )
}

/** How far the server's clock is ahead of the browser's, from a time of the server on. */
interface Mark {
  readonly at: number
  readonly offset: number
}

/** Where in time an offset may lie; milliseconds. */
interface Bounds {
  readonly low: number
  readonly high: number
}

/** Something the browser saw, and the events that may be the same thing. */
interface Pair extends Bounds {
  /** The thing that was seen: it is one event at most. */
  readonly thing: object
  readonly event: AccountEvent
  readonly at: number
}

function marksOf(evidence: ClockEvidence): readonly Mark[] {
  const segments = segmentsOf(sureSamples(evidence))
  const pairs = pairsOf(evidence)
  if (segments.length > 0) {
    return segments.map(({ at, low, high }) => {
      const near = pairs.filter((each) => each.low <= high && each.high >= low)
      return { at, offset: nearestToZero(bestOf(near, { low, high })?.bounds ?? { low, high }) }
    })
  }
  return guessed(pairs, evidence)
}

interface Sample extends Bounds {
  readonly at: number
}

function sureSamples({ events, runs, sightings }: ClockEvidence): Sample[] {
  const byId = new Map(runs.map((run) => [run.promptId, run]))
  return events.flatMap(({ id, at, jobId, type }): Sample[] => {
    if (at === null) return []
    const seen = sightings.get(id)
    const samples = seen ? [{ at, low: at - seen.by, high: at - seen.after }] : []
    const run = jobId === null ? undefined : byId.get(jobId)
    if (!run || type === STARTED) return samples
    const end = (run.endedAt ?? Infinity) + SETTLE_MS
    return [...samples, { at, low: at - end, high: at - run.startedAt }]
  })
}

/** One after the other; a sample that agrees with those before it narrows them. */
function segmentsOf(samples: readonly Sample[]): Sample[] {
  const segments: Sample[] = []
  for (const sample of samples.toSorted((a, b) => a.at - b.at)) {
    const last = segments.at(-1)
    const low = Math.max(last?.low ?? -Infinity, sample.low)
    const high = Math.min(last?.high ?? Infinity, sample.high)
    if (last && low <= high) segments[segments.length - 1] = { at: last.at, low, high }
    else segments.push(sample)
  }
  return segments
}

/** A history has thousands of either; how the clocks stand shows in the newest. */
const MAX_THINGS = 20
const MAX_EVENTS = 40

/** Nobody's clock is further off and still lets him log in. */
const MAX_OFFSET_MS = 50 * 60 * 60_000

function pairsOf({ events, runs, readings }: ClockEvidence): Pair[] {
  const { all } = knownEvents(events)
  const newest = all.filter(({ at }) => at !== null).slice(0, MAX_EVENTS)
  const usage = newest.filter((event) => isUsage(event) && event.jobId === null)
  const topUps = newest.filter((event) => kindOf(event) === 'top-up')
  return [...pairsOfCalls(runs, usage), ...pairsOfRises(readings, topUps)].filter(
    ({ low, high }) => high >= -MAX_OFFSET_MS && low <= MAX_OFFSET_MS,
  )
}

function pairsOfCalls(runs: readonly Run[], usage: readonly AccountEvent[]): Pair[] {
  const calls = runs
    .toSorted((a, b) => b.startedAt - a.startedAt)
    .slice(0, MAX_THINGS)
    .flatMap((run) => run.calls.map((call) => ({ run, call })))
    .slice(0, MAX_THINGS)
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

/** More is believed only where it shows twice, or nothing else is known and the account had time. */
const LIKELY_OFFSET_MS = 15 * 60_000
const WRITTEN_AFTER_MS = 60_000

/** Only amounts and times say it: what shows once may be the work of another client. */
function guessed(all: readonly Pair[], { events, runs, readAt }: ClockEvidence): Mark[] {
  // No event is of a time after it was read.
  const newest = events.reduce((latest, { at }) => Math.max(latest, at ?? -Infinity), -Infinity)
  const low = readAt === null ? -Infinity : newest - readAt - EVENT_SLACK_MS
  const lastEnd = runs.reduce((latest, { endedAt }) => Math.max(latest, endedAt ?? Infinity), 0)
  const hadTime = readAt !== null && readAt > lastEnd + WRITTEN_AFTER_MS
  const marks: Mark[] = []
  let pairs = all
  while (pairs.length > 0) {
    const best = bestOf(pairs, { low, high: Infinity })
    if (!best) break
    const offset = nearestToZero(best.bounds)
    const isFar = Math.abs(offset) > LIKELY_OFFSET_MS
    const isAll = marks.length === 0 && best.things.length === new Set(all.map(thingOf)).size
    const isSure = best.things.length > 1 ? !(isFar && best.isUnclear) : isAll && !isFar
    const isOnly = isAll && !best.isUnclear && hadTime
    if (offset !== 0 && !isSure && !isOnly) break
    marks.push(...best.events.map(({ at }) => ({ at: at ?? 0, offset })))
    const things = new Set(best.things)
    const used = new Set(best.events)
    pairs = pairs.filter(({ thing, event }) => !things.has(thing) && !used.has(event))
  }
  return marks.toSorted((a, b) => a.at - b.at)
}

const thingOf = ({ thing }: Pair): object => thing

interface Best {
  readonly bounds: Bounds
  readonly things: readonly object[]
  readonly events: readonly AccountEvent[]
  /** Another offset, far from this one, explains as much. */
  readonly isUnclear: boolean
}

/** The offsets within `limits` by which most of what was seen has an event; of as many the smallest. */
function bestOf(pairs: readonly Pair[], limits: Bounds): Best | null {
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

function nearestToZero({ low, high }: Bounds): number {
  if (low > 0) return low
  return high < 0 ? high : 0
}

/** That of the last mark before it, else of the first after. */
function offsetAt(marks: readonly Mark[], at: number): number {
  const before = marks.findLast((mark) => mark.at <= at)
  return (before ?? marks[0])?.offset ?? 0
}
