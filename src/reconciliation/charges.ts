import {
  ANNOUNCED_SLACK_USD_MICROS,
  centsAround,
  usdMicrosFromCredits,
} from '@comfyui-credits/contract/money'
import { mostChargesOf, SETTLE_MS, type Call, type Run } from '../runs/run.ts'

/** An amount that may have left the purse; micro-USD, negative for what came in. */
export interface Amount {
  readonly usdMicros: number
  /** How many charges make it. */
  readonly charges: number
  /** In a purse that counts exactly: how far off the announced price may be. */
  readonly exact: Bounds
  /** In a purse that counts in whole cents. */
  readonly cents: Bounds
  /** How much has to be supposed for it: 0 for what was told. */
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
  readonly from: number
  readonly to: number
  /** When it most likely did. */
  readonly at: number
  /** The likeliest first; never empty. */
  readonly amounts: readonly Amount[]
  /** It may have cost something that nobody announced. */
  readonly unpriced: boolean
}

const NOTHING_OF_FAILED = 3
const NOTHING_OF_SUCCEEDED = 30

/** What a call may have cost, as far as this page knows. */
export function chargeOfCall(run: Run, call: Call): Charge {
  const end = call.endedAt ?? run.endedAt
  return {
    source: { kind: 'call', promptId: run.promptId, nodeId: call.nodeId },
    from: call.startedAt,
    to: (end ?? Infinity) + SETTLE_MS,
    at: end ?? call.startedAt,
    amounts: amountsOfCall(call),
    unpriced: call.announcedCredits === null && !wasRefused(run, call),
  }
}

/** What was proved of a run earlier, by evidence that is not at hand now; none where it was free. */
export function chargeOfKept(run: Run, usdMicros: number): Charge[] {
  if (usdMicros === 0) return []
  return [
    {
      source: { kind: 'run', promptId: run.promptId },
      from: run.startedAt,
      to: (run.endedAt ?? Infinity) + SETTLE_MS,
      at: run.endedAt ?? run.startedAt,
      amounts: [told(usdMicros)],
      unpriced: false,
    },
  ]
}

/** Refused for want of credits or of a login: that is before anything can be charged. */
function wasRefused(run: Run, call: Call): boolean {
  const refused = run.reason === 'payment-required' || run.reason === 'unauthorized'
  return refused && call.outcome === 'failed'
}

function amountsOfCall(call: Call): Amount[] {
  const price = call.announcedCredits
  if (price === null) return [announced([], 0)]
  const nothing = call.outcome === 'succeeded' ? NOTHING_OF_SUCCEEDED : NOTHING_OF_FAILED
  return [announced([price], 0), ...amountsOfList(call, price), announced([], nothing)]
}

/** A list input: all answers, each at its own price or at the last one; then fewer of them. */
function amountsOfList(call: Call, price: number): Amount[] {
  const attempts = mostChargesOf(call)
  if (attempts === 1) return []
  const each = call.answers.flatMap((answer) => answer ?? price)
  const all = announced(each, 1)
  const fewer = Array.from({ length: attempts - 1 }, (_, index) => attempts - index)
    .map((times) =>
      announced(
        Array.from({ length: times }, () => price),
        2,
      ),
    )
    .filter(({ usdMicros }) => usdMicros !== all.usdMicros)
  return [all, ...fewer]
}

function announced(credits: readonly number[], strain: number): Amount {
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
export function told(usdMicros: number): Amount {
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
