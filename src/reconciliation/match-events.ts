import {
  ANNOUNCED_SLACK_USD_MICROS,
  centsAround,
  usdMicrosFromCredits,
} from '@comfyui-credits/contract/money'
import { memoize } from '../account-events/memoize.ts'
import { wasRefused, type Call, type Run } from '../runs/run.ts'
import type { AccountEvent } from '../account-events/account-event.ts'

/** An event is written a moment after its call. */
export const EVENT_SLACK_MS = 5000

/**
 * A busy page handles ComfyUI's messages late: it sees a call begin when the account has its event
 * already. No page is busy for longer at a time.
 */
export const HANDLED_LATE_MS = 30_000

/**
 * How long after its call an account may write what it cost. Not known of the live one: with less
 * patience, a call and its late charge are shown as two.
 */
export const CHARGED_LATE_MS = 60_000

/** Why events are taken for a run's, surest first. */
export const matches = ['job-id', 'time-and-amount', 'time'] as const
export type Match = (typeof matches)[number]

export interface RunGroup {
  /** prompt_id. */
  readonly jobId: string
  readonly run: Run | null
  readonly events: readonly AccountEvent[]
  /** Of its events' matches the least sure. */
  readonly match: Match
}

/**
 * Usage events to the runs that caused them: by job_id where the account gives it, else by time and
 * quoted amount; each call takes one event for each of its answers. An amount that a run did not
 * quote is not put to it if it quoted all its calls: somebody else was spending just then. What fits
 * no run of its time is of one near it that still waits for just this amount: the account wrote it
 * late, or a busy page saw the run late. `single` are the events that belong to no known run.
 */
export function joinRuns(
  usage: readonly AccountEvent[],
  runs: readonly Run[],
): { groups: RunGroup[]; single: AccountEvent[] } {
  const groups = new Map<string, { events: AccountEvent[]; match: Match }>()
  const single: AccountEvent[] = []
  const claims = new Claims(usage, runs)
  for (const event of usage) {
    const [jobId, match] =
      event.jobId === null ? claims.claim(event) : ([event.jobId, 'job-id'] as const)
    if (jobId === null) {
      single.push(event)
      continue
    }
    const group = groups.get(jobId) ?? { events: [], match }
    group.events.push(event)
    if (matches.indexOf(match) > matches.indexOf(group.match)) group.match = match
    groups.set(jobId, group)
  }
  const local = new Map(runs.map((run) => [run.promptId, run]))
  return {
    groups: [...groups].map(([jobId, group]) => ({
      jobId,
      run: local.get(jobId) ?? null,
      ...group,
    })),
    single,
  }
}

/** Whether a charge can be what was announced: a billing account may count in whole cents. */
export function mayBeAnnounced(chargeUsdMicros: number, credits: number): boolean {
  const announced = usdMicrosFromCredits(credits)
  if (Math.abs(announced - chargeUsdMicros) <= ANNOUNCED_SLACK_USD_MICROS) return true
  return centsAround(announced, ANNOUNCED_SLACK_USD_MICROS).includes(chargeUsdMicros)
}

type Claim = readonly [promptId: string, match: Match] | readonly [promptId: null, match: 'time']

/** A charge that a call of a run may have, and that no event was put to yet. */
interface Slot {
  /** In credits; null where the run quoted none. */
  readonly price: number | null
  readonly call: Call
}

/** A run whose calls wait for their events. */
interface Waiting {
  readonly run: Run
  readonly slots: readonly Slot[]
}

/** Which calls of which runs still wait for their event. */
class Claims {
  readonly #claims: ReadonlyMap<AccountEvent, Claim>

  constructor(usage: readonly AccountEvent[], runs: readonly Run[]) {
    const { jobIds, timed } = inOrder(usage)
    const waiting = runs
      // A run whose events carry its id has all of them so.
      .filter((run) => run.calls.length > 0 && !jobIds.has(run.promptId))
      .map((run) => ({ run, slots: slotsOf(run) }))
    const inTime = putInTime(timed, waiting, [timeOf])
    const nearby = putInTime(timed, waiting, [timeBefore, timeAfter])
    const near = timed.filter(({ event }) => inTime.has(event) || nearby.has(event))
    const places = new Places()
    for (const possible of [
      placesIn(inTime, ({ call }) => call.outcome !== 'failed'),
      placesIn(nearby, isAwaited),
      placesIn(inTime, ({ call }) => call.outcome === 'failed'),
    ]) {
      places.add(possible)
      // Oldest first: of equal calls and equal events the first has the first.
      for (const one of near) places.take(one)
    }
    const claimOfEvent = ({ event }: Timed): Claim =>
      claimOf(places.of(event), inTime.get(event) ?? [])
    this.#claims = new Map(near.map((one) => [one.event, claimOfEvent(one)]))
  }

  claim(event: AccountEvent): Claim {
    return this.#claims.get(event) ?? [null, 'time']
  }
}

interface Timed {
  readonly event: AccountEvent
  readonly at: number
}

/** A slot that the event may have: the lower the rank, the better. */
interface Place {
  readonly run: Run
  readonly slot: Slot
  readonly rank: number
}

/** More than calls of one price ever follow each other so closely. */
const MAX_MOVED = 500

type PlacesOf = (timed: Timed) => readonly Place[]

/**
 * Each event's slot. It is the best free one; where none is free, those that hold its slots move on
 * to others of theirs if that makes room, so that no event is left over while there is a slot for it.
 */
class Places {
  readonly #holders = new Map<Slot, Timed>()
  readonly #taken = new Map<AccountEvent, Place>()
  readonly #possible = new Map<AccountEvent, readonly Place[]>()
  #kinds: readonly PlacesOf[] = []

  of(event: AccountEvent): Place | null {
    return this.#taken.get(event) ?? null
  }

  /** From now on an event may have these too, after all that it might have before. */
  add(kind: PlacesOf): void {
    this.#kinds = [...this.#kinds, kind]
    this.#possible.clear()
  }

  take(timed: Timed): void {
    if (this.#taken.has(timed.event)) return
    const free = this.#placesFor(timed).find(({ slot }) => !this.#holders.has(slot))
    if (free) this.#put(timed, free)
    else this.#makeRoom(timed, new Set())
  }

  #makeRoom(timed: Timed, tried: Set<Slot>): boolean {
    for (const place of this.#placesFor(timed)) {
      if (tried.has(place.slot) || tried.size >= MAX_MOVED) continue
      tried.add(place.slot)
      const holder = this.#holders.get(place.slot)
      if (holder && !this.#makeRoom(holder, tried)) continue
      this.#put(timed, place)
      return true
    }
    return false
  }

  #put(timed: Timed, place: Place): void {
    this.#holders.set(place.slot, timed)
    this.#taken.set(timed.event, place)
  }

  #placesFor(timed: Timed): readonly Place[] {
    const known = this.#possible.get(timed.event)
    if (known) return known
    const places = this.#kinds.flatMap((kind) => kind(timed))
    this.#possible.set(timed.event, places)
    return places
  }
}

/** At another time than its run's, only what may well be the charge that is awaited. */
function isAwaited({ price, call }: Slot, { event }: Timed): boolean {
  return call.outcome === 'succeeded' && (event.chargeUsdMicros === null || price !== null)
}

/** The best first. */
function placesIn(
  waiting: ReadonlyMap<AccountEvent, readonly Waiting[]>,
  isOf: (slot: Slot, timed: Timed) => boolean,
): PlacesOf {
  return (timed) =>
    (waiting.get(timed.event) ?? [])
      .flatMap(({ run, slots }) =>
        slots.flatMap((slot): Place[] => {
          const rank = isOf(slot, timed) ? rankOf(timed, run, slot) : null
          return rank === null ? [] : [{ run, slot, rank }]
        }),
      )
      .toSorted((a, b) => a.rank - b.rank)
}

function claimOf(place: Place | null, candidates: readonly Waiting[]): Claim {
  if (place) return [place.run.promptId, place.rank < BY_TIME ? 'time-and-amount' : 'time']
  // The price of a run that goes on may yet change.
  const [only, ...others] = candidates
  const mayChange = others.length === 0 && only?.run.outcome === 'running'
  return mayChange ? [only.run.promptId, 'time'] : [null, 'time']
}

/** What fits by its time alone comes after all that fits by its amount. */
const BY_TIME = 1e15

/** The lower the better; null: the event cannot be of this call. */
function rankOf({ event, at }: Timed, run: Run, { price, call }: Slot): number | null {
  const { chargeUsdMicros, nodeType } = event
  const byAmount = chargeUsdMicros !== null && price !== null
  if (byAmount && !mayBeAnnounced(chargeUsdMicros, price)) return null
  if (nodeType !== null && call.nodeType !== null && nodeType !== call.nodeType) return null
  const end = call.endedAt ?? run.endedAt ?? Infinity
  const off = at < call.startedAt ? call.startedAt - at : Math.max(0, at - end)
  return off + (byAmount ? 0 : BY_TIME)
}

type Window = readonly [from: number, to: number]

const timeOf = ({ startedAt, endedAt }: Run): Window => [
  startedAt - EVENT_SLACK_MS,
  (endedAt ?? Infinity) + EVENT_SLACK_MS,
]
const timeBefore = ({ startedAt }: Run): Window => [
  startedAt - HANDLED_LATE_MS,
  startedAt - EVENT_SLACK_MS - 1,
]
const timeAfter = ({ endedAt }: Run): Window => [
  (endedAt ?? Infinity) + EVENT_SLACK_MS + 1,
  (endedAt ?? Infinity) + CHARGED_LATE_MS,
]

/**
 * To each event without a job id the runs in whose windows it is. There may be a hundred thousand
 * events and only a few at the time of a run: each run looks for its own.
 */
function putInTime(
  timed: readonly Timed[],
  waiting: readonly Waiting[],
  windows: readonly ((run: Run) => Window)[],
): Map<AccountEvent, Waiting[]> {
  const found = new Map<AccountEvent, Waiting[]>()
  for (const one of waiting) {
    for (const [from, to] of windows.map((windowOf) => windowOf(one.run))) {
      for (let index = firstFrom(timed, from); ; index += 1) {
        const next = timed[index]
        if (!next || next.at > to) break
        const others = found.get(next.event)
        if (others) others.push(one)
        else found.set(next.event, [one])
      }
    }
  }
  return found
}

const inOrder = memoize((usage: readonly AccountEvent[]) => ({
  jobIds: new Set(usage.map(({ jobId }) => jobId)),
  /** Those without a job id, oldest first. */
  timed: usage
    .flatMap((event) => (event.jobId === null && event.at !== null ? { event, at: event.at } : []))
    .sort((a, b) => a.at - b.at),
}))

/** The index of the first that is not before `from`; `timed` oldest first. */
function firstFrom(timed: readonly { readonly at: number }[], from: number): number {
  let low = 0
  let high = timed.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((timed[middle]?.at ?? Infinity) < from) low = middle + 1
    else high = middle
  }
  return low
}

/** A price for each answer; the last may have changed while the job was polled. */
function slotsOf(run: Run): Slot[] {
  return run.calls.flatMap((call): Slot[] => {
    if (wasRefused(run, call)) return []
    const earlier = call.answers.slice(0, -1).map((price) => price ?? call.announcedCredits)
    return [...earlier, call.announcedCredits].map((price) => ({ price, call }))
  })
}
