import type { AccountEvent } from '../account-events/account-event.ts'
import type { Run } from '../runs/run.ts'
import { agreement, type ClockReading } from '../session/clock-reading.ts'
import type { Reading } from './balance-reading.ts'
import { bestOf, nearestTo, thingOf, type ClockBounds, type Pair } from './best-offset.ts'
import { MAX_THINGS, newestOf, pairsOf } from './clock-pairs.ts'
import { EventIndex } from './event-index.ts'
import { listChange } from './list-change.ts'
import { EVENT_SLACK_MS } from './match-events.ts'
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
  const offset = (): ClockBounds | null => {
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

/** The same evidence, as far as it was read before. */
interface KnownEvidence extends ClockEvidence {
  readonly recent: RecentRuns
  /** By the events that were seen to appear. */
  readonly seen: readonly ClockReading[]
  /** By those that name their run, by their time. */
  readonly named: readonly ClockReading[]
}

function marksOf(evidence: KnownEvidence, before: readonly Mark[]): readonly Mark[] {
  const { events, readings, recent, answers, seen, named } = evidence
  const pairs = pairsOf({ events, readings, runs: recent.newest })
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

function offsetAt(marks: readonly Mark[], at: number | null): number {
  return markAt(marks, at)?.offset ?? 0
}

/** The last mark before it, else the first after. */
function markAt(marks: readonly Mark[], at: number | null): Mark | undefined {
  return marks.findLast((mark) => at !== null && mark.at <= at) ?? marks[0]
}
