import {
  ANNOUNCED_SLACK_USD_MICROS,
  centsAround,
  usdMicrosFromCredits,
} from '@comfyui-credits/contract/money'
import type { AccountEvent } from '../account-events/account-event.ts'
import type { Overheard } from '../runs/recorder.ts'
import { CHARGED_LATE_MS, EVENT_SLACK_MS } from './match-events.ts'
import {
  mostChargesOf,
  SEEN_LATE_MS,
  SETTLE_MS,
  wasRefused,
  type Call,
  type Run,
} from '../runs/run.ts'

/** An amount that may have left the billing account; micro-USD, negative for what came in. */
export interface Amount {
  readonly usdMicros: number
  /** How many charges make it. */
  readonly charges: number
  /** In a billing account that counts exactly: how far off the quoted price may be. */
  readonly exact: Bounds
  /** In a billing account that counts in whole cents. */
  readonly cents: Bounds
  /** How much has to be supposed for it: 0 for what was said. */
  readonly strain: number
}

export interface Bounds {
  readonly low: number
  readonly high: number
}

/** Something that moved the balance, or may have, at some time between `from` and `to`. */
export interface Charge {
  readonly source:
    | { readonly kind: 'call'; readonly promptId: string; readonly nodeId: string }
    | { readonly kind: 'run'; readonly promptId: string }
    | { readonly kind: 'event'; readonly eventId: string }
    /** A price that was shown to another tab or client, which may be of another account. */
    | { readonly kind: 'overheard'; readonly nodeId: string }
  readonly from: number
  readonly to: number
  /** Between `from` and this only if a busy page saw it late. */
  readonly seenFrom: number
  /** When it most likely did. */
  readonly at: number
  /** After `to` where its account may be late: see LateCharges. */
  readonly lateUntil: number
  /** The likeliest first; never empty. */
  readonly amounts: readonly Amount[]
  /** It may have cost something that nobody quoted. */
  readonly unpriced: boolean
}

const NOTHING_OF_FAILED = 3
const NOTHING_OF_SUCCEEDED = 30

/** What a call may have cost, as far as this page knows. */
export function chargeOfCall(run: Run, call: Call): Charge {
  const end = call.endedAt ?? run.endedAt
  // One that failed likely cost nothing: its price, seen later, is sooner another's.
  const latestMs = call.outcome === 'failed' ? SETTLE_MS : CHARGED_LATE_MS
  return {
    source: { kind: 'call', promptId: run.promptId, nodeId: call.nodeId },
    from: call.startedAt - SEEN_LATE_MS,
    seenFrom: call.startedAt,
    to: (end ?? Infinity) + SETTLE_MS,
    at: end ?? call.startedAt,
    lateUntil: (end ?? Infinity) + latestMs,
    amounts: amountsOfCall(call),
    unpriced: call.announcedCredits === null && !wasRefused(run, call),
  }
}

/** What was confirmed of a run earlier, or of one of its calls; `until` the last that showed it. */
interface Stored {
  readonly usdMicros: number
  readonly nodeId?: string
  readonly until?: number
}

/** By evidence that is not at hand now; none where it was free. */
export function chargeOfStored(
  run: Run,
  { usdMicros, nodeId, until = -Infinity }: Stored,
): Charge[] {
  if (usdMicros === 0) return []
  const { promptId } = run
  const to = Math.max((run.endedAt ?? Infinity) + SETTLE_MS, until)
  return [
    {
      source: nodeId === undefined ? { kind: 'run', promptId } : { kind: 'call', promptId, nodeId },
      from: run.startedAt - SEEN_LATE_MS,
      seenFrom: run.startedAt,
      to,
      at: run.endedAt ?? run.startedAt,
      lateUntil: to,
      amounts: [exactly(usdMicros)],
      unpriced: false,
    },
  ]
}

/** None for an event that has no time, or moves nothing. */
export function chargeOfEvent({ id, at }: AccountEvent, usdMicros: number | null): Charge[] {
  if (at === null || usdMicros === null) return []
  return [{ ...aroundEvent(id, at), amounts: [exactly(usdMicros)], unpriced: false }]
}

/** A call that was made, and of which the account does not say what it cost. */
export function chargeOfUnpriced({ id, at }: AccountEvent): Charge {
  return { ...aroundEvent(id, at ?? -Infinity), amounts: [quoted([], 0)], unpriced: true }
}

function aroundEvent(eventId: string, at: number) {
  return {
    source: { kind: 'event' as const, eventId },
    from: at - EVENT_SLACK_MS,
    seenFrom: at - EVENT_SLACK_MS,
    to: at + EVENT_SLACK_MS,
    at,
    lateUntil: at + EVENT_SLACK_MS,
  }
}

/** Less likely than anything that is known of this account. */
const BY_ANOTHER = 4

export function chargeOfOverheard({ nodeId, credits, at }: Overheard): Charge {
  return {
    source: { kind: 'overheard', nodeId },
    from: at - SETTLE_MS,
    seenFrom: at - SETTLE_MS,
    to: at + SETTLE_MS,
    at,
    lateUntil: at + SETTLE_MS,
    amounts: [quoted([], 0), quoted([credits], BY_ANOTHER)],
    unpriced: false,
  }
}

function amountsOfCall(call: Call): Amount[] {
  const price = call.announcedCredits
  if (price === null) return [quoted([], 0)]
  const nothing = call.outcome === 'succeeded' ? NOTHING_OF_SUCCEEDED : NOTHING_OF_FAILED
  return [quoted([price], 0), ...amountsOfList(call, price), quoted([], nothing)]
}

/** A list input: all answers, each at its own price or at the last one; then fewer of them. */
function amountsOfList(call: Call, price: number): Amount[] {
  const attempts = mostChargesOf(call)
  if (attempts === 1) return []
  const each = call.answers.flatMap((answer) => answer ?? price)
  const all = quoted(each, 1)
  const fewer = Array.from({ length: attempts - 1 }, (_, index) => attempts - index)
    .map((times) =>
      quoted(
        Array.from({ length: times }, () => price),
        2,
      ),
    )
    .filter(({ usdMicros }) => usdMicros !== all.usdMicros)
  return [all, ...fewer]
}

function quoted(credits: readonly number[], strain: number): Amount {
  const charges = credits.map(usdMicrosFromCredits)
  const usdMicros = sum(charges)
  const slack = charges.length * ANNOUNCED_SLACK_USD_MICROS
  const cents = charges.map((charge) => centsAround(charge, ANNOUNCED_SLACK_USD_MICROS))
  return {
    usdMicros,
    charges: charges.length,
    exact: { low: usdMicros - slack, high: usdMicros + slack },
    cents: { low: sum(cents.map(([low]) => low)), high: sum(cents.map(([, high]) => high)) },
    strain,
  }
}

/** What the account's own event says. */
export function exactly(usdMicros: number): Amount {
  const [low, high] = centsAround(usdMicros, 0)
  return {
    usdMicros,
    charges: 1,
    exact: { low: usdMicros, high: usdMicros },
    cents: { low, high },
    strain: 0,
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
