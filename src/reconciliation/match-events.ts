import {
  ANNOUNCED_SLACK_USD_MICROS,
  centsAround,
  usdMicrosFromCredits,
} from '@comfyui-credits/contract/money'
import { memoize } from '../account-events/memoize.ts'
import type { Run } from '../runs/run.ts'
import type { AccountEvent } from '../account-events/account-event.ts'

/** Clocks of browser and service differ, and an event is written a moment after its call. */
export const EVENT_SLACK_MS = 5000

/** Why events are taken for a run's, surest first. */
export const matches = ['job-id', 'time-and-amount', 'time'] as const
export type Match = (typeof matches)[number]

export interface RunGroup {
  /** prompt_id. */
  readonly jobId: string
  readonly run: Run | null
  readonly events: readonly AccountEvent[]
  /** The least sure of its events' matches. */
  readonly match: Match
}

/**
 * Usage events to the runs that caused them: by job_id where the account says it, else by time and
 * announced amount. An amount that a run did not announce is not put to it if it announced all its
 * calls: somebody else was spending just then. `single` are the events that belong to no known run.
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

/** A run whose calls wait for their events, and the prices that are still to be met. */
interface Waiting {
  readonly run: Run
  readonly prices: (number | null)[]
}

/** Which calls of which runs still wait for their event. */
class Claims {
  readonly #inTime: ReadonlyMap<AccountEvent, readonly Waiting[]>

  constructor(usage: readonly AccountEvent[], runs: readonly Run[]) {
    const { jobIds } = inOrder(usage)
    const waiting = runs
      // A run whose events carry its id has all of them so.
      .filter((run) => run.calls.length > 0 && !jobIds.has(run.promptId))
      .map((run) => ({ run, prices: pricesOf(run) }))
    this.#inTime = putInTime(usage, waiting)
  }

  claim(event: AccountEvent): Claim {
    const { chargeUsdMicros } = event
    const inTime = this.#inTime.get(event) ?? []
    const byAmount = inTime.filter(({ prices }) => indexOfAmount(prices, chargeUsdMicros) !== -1)
    const [best] = byAmount
    if (best && byAmount.length === 1) {
      best.prices.splice(indexOfAmount(best.prices, chargeUsdMicros), 1)
      return [best.run.promptId, 'time-and-amount']
    }
    const [only] = inTime
    if (!only || inTime.length > 1) return [null, 'time']
    const saysMore = chargeUsdMicros === null || only.run.outcome === 'running'
    const unpriced = only.prices.indexOf(null)
    if (unpriced === -1 && !saysMore) return [null, 'time']
    if (unpriced !== -1) only.prices.splice(unpriced, 1)
    return [only.run.promptId, 'time']
  }
}

/**
 * To each event without a job id the runs that were going on. There may be a hundred thousand events
 * and only a few at the time of a run: each run looks for its own.
 */
function putInTime(
  usage: readonly AccountEvent[],
  waiting: readonly Waiting[],
): Map<AccountEvent, Waiting[]> {
  const { timed } = inOrder(usage)
  const inTime = new Map<AccountEvent, Waiting[]>()
  for (const one of waiting) {
    const { startedAt, endedAt } = one.run
    const end = (endedAt ?? Infinity) + EVENT_SLACK_MS
    for (let index = firstFrom(timed, startedAt - EVENT_SLACK_MS); ; index += 1) {
      const next = timed[index]
      if (!next || next.at > end) break
      const others = inTime.get(next.event)
      if (others) others.push(one)
      else inTime.set(next.event, [one])
    }
  }
  return inTime
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

/** A price for each answer; the last may have been told anew while the job was polled. */
function pricesOf(run: Run): (number | null)[] {
  return run.calls.flatMap(({ answers, announcedCredits }) => [
    ...answers.slice(0, -1).map((price) => price ?? announcedCredits),
    announcedCredits,
  ])
}

function indexOfAmount(prices: readonly (number | null)[], chargeUsdMicros: number | null): number {
  if (chargeUsdMicros === null) return -1
  return prices.findIndex((price) => price !== null && mayBeAnnounced(chargeUsdMicros, price))
}
