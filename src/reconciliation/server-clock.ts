import type { AccountEvent } from '../account-events/account-event.ts'
import { memoize } from '../account-events/memoize.ts'
import { isUsage, kindOf, knownEvents } from '../account-events/kinds.ts'
import { SETTLE_MS, type Call, type Run } from '../runs/run.ts'
import { agreement, type ClockReading } from '../session/clock-reading.ts'
import type { Reading } from './balance-reading.ts'
import { EventIndex } from './event-index.ts'
import { listChange } from './list-change.ts'
import { EVENT_SLACK_MS, mayBeAnnounced } from './match-events.ts'
import { RecentRuns } from './recent-runs.ts'
import { RunSamples } from './run-samples.ts'

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
  /** By the dates of the service's answers, where they can be read. */
  readonly answers: readonly ClockReading[]
}

/** The server's clock is ahead of the browser's by `low` to `high` milliseconds. */
export interface Bounds {
  readonly low: number
  readonly high: number
}

/**
 * The account's events in the browser's time. The two clocks are compared by what both have seen:
 * runs whose events carry their id, events that appeared between two answers, the answers' own
 * dates, and, where there is none of them, calls and top-ups whose order, type and amount are those
 * of the events. Each stretch of time has an offset of its own, since a clock drifts and is set.
 * Where nothing says that the clocks differ, they do not. What has not changed is the same array as
 * before, and an offset stays as it is for as long as it fits.
 */
export function browserTimeKeeper() {
  const index = new EventIndex()
  const samples = new RunSamples()
  const recent = new RecentRuns(MAX_THINGS)
  let runs: readonly Run[] = []
  let marks: readonly Mark[] = []
  let shown: readonly AccountEvent[] = []
  const inBrowserTime = (evidence: ClockEvidence): readonly AccountEvent[] => {
    const { events } = evidence
    const change = index.follow(events)
    const changedRuns = listChange(runs, evidence.runs)
    runs = evidence.runs
    if (changedRuns) recent.follow(runs, changedRuns)
    samples.follow(changedRuns, change, index)
    const seen = sightingsOf(evidence, index)
    const before = marks
    const now = marksOf({ ...evidence, recent, seen, named: samples.sorted }, before)
    const isSame = stepsOf(now) === stepsOf(before)
    if (isSame && change === null) return shown
    marks = now
    if (marks.every(({ offset }) => offset === 0)) shown = events
    else if (isSame && change !== null && shown.length === change.before) {
      const added = change.added.map((event) => shift(event, offsetAt(marks, event.at)))
      const rest = shown.slice(change.start + change.removed.length)
      shown = shown.slice(0, change.start).concat(added, rest)
    } else shown = events.map((event) => shift(event, offsetAt(marks, event.at)))
    return shown
  }
  /** How the clocks compare now; null while nothing shows it. */
  const offset = (): Bounds | null => {
    const last = marks.at(-1)
    return last ? { low: last.low, high: last.high } : null
  }
  return Object.assign(inBrowserTime, { offset })
}

/** Where the offset changes, and to what. */
function stepsOf(marks: readonly Mark[]): string {
  const steps = marks.filter(({ offset }, index) => offset !== marks[index - 1]?.offset)
  return JSON.stringify(steps.map(({ at, offset }, index) => [index === 0 ? 0 : at, offset]))
}

function shift(event: AccountEvent, offset: number): AccountEvent {
  return event.at === null || offset === 0 ? event : { ...event, at: event.at - offset }
}

/** How far the server's clock is ahead of the browser's, from a time of the server on. */
interface Mark extends ClockReading {
  /** The one that is used, of all between `low` and `high`. */
  readonly offset: number
}

/** Something the browser saw, and the events that may be the same thing. */
interface Pair extends Bounds {
  /** The thing that was seen: it is one event at most. */
  readonly thing: object
  readonly event: AccountEvent
  readonly at: number
}

/** The same evidence, as far as it was read before. */
interface KnownEvidence extends ClockEvidence {
  readonly recent: RecentRuns
  /** By the events that were seen to appear. */
  readonly seen: readonly ClockReading[]
  /** By those that name their run, by their time. */
  readonly named: readonly ClockReading[]
}

function marksOf(evidence: KnownEvidence, before: readonly Mark[]): readonly Mark[] {
  const { answers, seen, named } = evidence
  const pairs = pairsOf(evidence)
  const segments = segmentsOf([...seen, ...answers], named)
  if (segments.length === 0) return guessed(pairs, evidence, before)
  const marks = segments.map(({ at, low, high }) => {
    const near = pairs.filter((each) => each.low <= high && each.high >= low)
    const bounds = bestOf(near, { low, high })?.bounds ?? { low, high }
    return {
      at,
      low,
      high,
      offset: nearestTo(before.length > 0 ? offsetAt(before, at) : 0, bounds),
    }
  })
  const known =
    seen.length + named.length > 0 ? marks : [...ofBefore(pairs, evidence, segments), ...marks]
  return [...known, ...whereSet(pairs, known, evidence)].toSorted((a, b) => a.at - b.at)
}

/**
 * A clock that was set between a call and the answer with its event: by the later offset nobody made
 * that event, by the earlier one the call did.
 */
function whereSet(
  pairs: readonly Pair[],
  marks: readonly Mark[],
  { sightings }: ClockEvidence,
): Mark[] {
  const fitting = pairs.filter(({ at, low, high }) => {
    const offset = offsetAt(marks, at)
    return low <= offset && offset <= high
  })
  const things = new Set(fitting.map(thingOf))
  const events = new Set(fitting.map(({ event }) => event))
  const left = pairs.filter(({ thing, event }) => !things.has(thing) && !events.has(event))
  return left.flatMap((only): Mark[] => {
    const { thing, event, at } = only
    const seen = sightings.get(event.id)
    const here = markAt(marks, at)
    if (!seen || !here) return []
    const isOnly = left.every((one) => one === only || (one.thing !== thing && one.event !== event))
    if (!isOnly) return []
    const low = Math.max(only.low, at - seen.by)
    const high = Math.min(only.high, at - seen.after)
    if (low > high) return []
    const before = marks.findLast((mark) => mark.at < at)?.offset ?? 0
    return [
      { at, low, high, offset: nearestTo(before, { low, high }) },
      { ...here, at: at + 1 },
    ]
  })
}

/**
 * The answers' dates show how the clocks compare since this page was opened. What happened before
 * may show that they differed in another way then.
 */
function ofBefore(
  pairs: readonly Pair[],
  evidence: KnownEvidence,
  [first]: readonly ClockReading[],
): readonly Mark[] {
  if (!first || bestOf(pairs, first)?.things.length === new Set(pairs.map(thingOf)).size) return []
  return guessed(pairs, evidence, []).filter(({ at }) => at < first.at)
}

function sightingsOf({ sightings }: ClockEvidence, index: EventIndex): ClockReading[] {
  return [...sightings].flatMap(([id, { after, by }]): ClockReading[] => {
    const at = index.byId(id)?.at ?? null
    return at === null ? [] : [{ at, low: at - by, high: at - after }]
  })
}

/**
 * Of both together, one after the other; a sample that agrees with those before it narrows them. There
 * may be very many of the named, which are in their order.
 */
function segmentsOf(
  others: readonly ClockReading[],
  named: readonly ClockReading[],
): ClockReading[] {
  const segments: ClockReading[] = []
  let last: ClockReading | undefined
  const add = (sample: ClockReading): void => {
    // Most say nothing that those before them have not said.
    if (last && sample.low <= last.low && sample.high >= last.high) return
    const both = last ? agreement(last, sample) : null
    if (both) segments.pop()
    last = both ?? sample
    segments.push(last)
  }
  const sorted = others.toSorted((a, b) => a.at - b.at)
  let next = 0
  for (const sample of named) {
    for (; (sorted[next]?.at ?? Infinity) <= sample.at; next += 1) add(sorted[next] ?? sample)
    add(sample)
  }
  sorted.slice(next).forEach(add)
  return segments
}

/** A history has thousands of either; how the clocks stand shows in the newest. */
const MAX_THINGS = 20
const MAX_EVENTS = 40

/** A clock that is further off would not let anybody log in. */
const MAX_OFFSET_MS = 50 * 60 * 60_000

/** The newest events that are searched for them. */
const MAX_LOOKED_AT = 400

const newestOf = memoize((events: readonly AccountEvent[]) => events.slice(0, MAX_LOOKED_AT))

function pairsOf({ events, recent, readings }: KnownEvidence): Pair[] {
  const { all } = knownEvents(newestOf(events))
  const newest = all.filter(({ at }) => at !== null).slice(0, MAX_EVENTS)
  const usage = newest.filter((event) => isUsage(event) && event.jobId === null)
  const topUps = newest.filter((event) => kindOf(event) === 'top-up')
  return [...pairsOfCalls(recent.newest, usage), ...pairsOfRises(readings, topUps)].filter(
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

/** More is believed only where it shows twice, or nothing else is known and the account had time. */
const LIKELY_OFFSET_MS = 15 * 60_000
const WRITTEN_AFTER_MS = 60_000

/** Only amounts and times say it: what shows once may be the work of another client. */
function guessed(
  all: readonly Pair[],
  { events, recent, readAt }: KnownEvidence,
  before: readonly Mark[],
): Mark[] {
  // No event is of a time after it was read.
  const newest = newestOf(events).reduce(
    (latest, { at }) => Math.max(latest, at ?? -Infinity),
    -Infinity,
  )
  const low = readAt === null ? -Infinity : newest - readAt - EVENT_SLACK_MS
  const hadTime = readAt !== null && readAt > recent.lastEnd + WRITTEN_AFTER_MS
  const marks: Mark[] = []
  let pairs = all
  while (pairs.length > 0) {
    const best = bestOf(pairs, { low, high: Infinity })
    if (!best) break
    const offset = nearestTo(offsetAt(before, best.events[0]?.at ?? null), best.bounds)
    const isFar = Math.abs(offset) > LIKELY_OFFSET_MS
    const isAll = marks.length === 0 && best.things.length === new Set(all.map(thingOf)).size
    const isSure = best.things.length > 1 ? !(isFar && best.isUnclear) : isAll && !isFar
    const isOnly = isAll && !best.isUnclear && hadTime
    if (offset !== 0 && !isSure && !isOnly) break
    marks.push(...best.events.map(({ at }) => ({ ...best.bounds, at: at ?? 0, offset })))
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

function nearestTo(offset: number, { low, high }: Bounds): number {
  return Math.min(Math.max(offset, low), high)
}

function offsetAt(marks: readonly Mark[], at: number | null): number {
  return markAt(marks, at)?.offset ?? 0
}

/** The last mark before it, else the first after. */
function markAt(marks: readonly Mark[], at: number | null): Mark | undefined {
  return marks.findLast((mark) => at !== null && mark.at <= at) ?? marks[0]
}
