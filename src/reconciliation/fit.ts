import { isWholeCents } from '@comfyui-credits/contract/money'
import { sum, type Amount, type Bounds, type Charge } from './charges.ts'

/** Two readings of a balance, one after the other; epoch milliseconds and micro-USD. */
export interface Span {
  readonly from: { readonly at: number; readonly usdMicros: number }
  readonly to: { readonly at: number; readonly usdMicros: number }
}

/** A charge that is held to lie within a span, and what it came to there. */
export interface Placed {
  readonly charge: Charge
  readonly amount: Amount
  /** With its share of the rounding. */
  readonly usdMicros: number
}

export interface Fitting {
  readonly placed: readonly Placed[]
  /**
   * What left the billing account within the span and is not in `placed`; negative: came in. 0 when
   * it fits.
   */
  readonly rest: number
}

/** Past these only the likeliest is tried: a span holds a run or two, unless nobody looked for days. */
const MAX_UNSURE = 12
const MAX_STEPS = 20_000

/** Between explanations that ask for the same, the one that moves a charge away from its time. */
const OTHER_TIME = 1
/** That what the account says it charged has moved no balance at all. */
const NOWHERE = 5
/** A charge that was seen only after it had moved the balance: likelier than a free call that worked. */
const SEEN_LATE = 10

interface Choice {
  readonly charge: Charge
  /** Null: it moved the balance before or after this span. */
  readonly amount: Amount | null
}

interface Option {
  readonly amount: Amount | null
  readonly strain: number
}

/**
 * Which of the charges, and in what amounts, make the change of a span: the explanation that
 * supposes least. Where there is none, what was said is placed and the rest is left over.
 * `charges` are those that no earlier span holds; the first span begins at `since`.
 */
export function fit(span: Span, charges: readonly Charge[], since: number): Fitting {
  const target = span.from.usdMicros - span.to.usdMicros
  const cents = isWholeCents(span.from.usdMicros) && isWholeCents(span.to.usdMicros)
  const near = charges
    .filter((charge) => charge.from <= span.to.at && charge.to > span.from.at)
    .map((charge) => ({ charge, options: optionsOf(charge, span, since) }))
  const choices = near.some(({ options }) => options.length === 0)
    ? null
    : search(near, target, cents)
  if (choices) return allot(placedOf(choices), target, cents)
  const likely = near
    .filter(({ charge }) => isInside(charge.at, span))
    .map(({ charge }): Choice => ({ charge, amount: charge.amounts[0] ?? null }))
  const placed = placedOf(likely)
  return { placed, rest: target - sum(placed.map(({ usdMicros }) => usdMicros)) }
}

function optionsOf(charge: Charge, span: Span, since: number): Option[] {
  const likely = isInside(charge.at, span)
  const whole = charge.from > span.from.at && charge.to <= span.to.at
  const here = charge.amounts.map((amount) => ({
    amount,
    strain: amount.strain + (likely ? 0 : OTHER_TIME),
  }))
  return whole ? here : [...here, { amount: null, strain: strainOfAway(charge, span, since) }]
}

/** How much has to be supposed for a charge to lie outside the span. */
function strainOfAway(charge: Charge, span: Span, since: number): number {
  const { source, from, seenFrom, to, at } = charge
  const ends = to <= span.to.at
  if (isInside(at, span)) return seenFrom > span.from.at && ends ? SEEN_LATE : OTHER_TIME
  return source.kind === 'event' && from > since && ends ? NOWHERE : 0
}

function isInside(at: number, span: Span): boolean {
  return at > span.from.at && at <= span.to.at
}

type Near = { readonly charge: Charge; readonly options: readonly Option[] }

/**
 * The combination that meets the target with the least strain, then the least rounding, then with
 * what can lie in later spans the least.
 */
function search(near: readonly Near[], target: number, cents: boolean): Choice[] | null {
  const unsure = near.filter(({ options }) => options.length > 1)
  // Tried in this order, and of equals the first that is found stays.
  const considered = unsure.slice(0, MAX_UNSURE).sort((a, b) => a.charge.to - b.charge.to)
  const settled = [
    ...near.filter(({ options }) => options.length === 1),
    ...unsure.slice(MAX_UNSURE),
  ]
  const sure = settled.flatMap(({ charge, options: [likeliest] }) =>
    likeliest ? { charge, ...likeliest } : [],
  )
  const boundsOf = (amount: Amount | null) =>
    amount === null ? NOTHING : cents ? amount.cents : amount.exact
  const reach = reachOf(
    considered.map(({ options }) => options.map(({ amount }) => boundsOf(amount))),
  )
  let best: { choices: Choice[]; strain: number; off: number } | null = null
  let steps = 0

  function step(choices: Choice[], index: number, low: number, high: number, so: Path): void {
    steps += 1
    if (steps > MAX_STEPS || (best && so.strain > best.strain)) return
    const { low: least, high: most } = reach[index] ?? NOTHING
    if (target < low + least || target > high + most) return
    const next = considered[index]
    if (!next) {
      const off = Math.abs(target - so.usdMicros)
      if (!best || so.strain < best.strain || off < best.off) {
        best = { choices, strain: so.strain, off }
      }
      return
    }
    for (const { amount, strain } of next.options) {
      const bounds = boundsOf(amount)
      step(
        [...choices, { charge: next.charge, amount }],
        index + 1,
        low + bounds.low,
        high + bounds.high,
        {
          strain: so.strain + strain,
          usdMicros: so.usdMicros + (amount?.usdMicros ?? 0),
        },
      )
    }
  }
  const bounds = sure.map(({ amount }) => boundsOf(amount))
  step([], 0, sum(bounds.map(({ low }) => low)), sum(bounds.map(({ high }) => high)), {
    strain: sum(sure.map(({ strain }) => strain)),
    usdMicros: sum(sure.map(({ amount }) => amount?.usdMicros ?? 0)),
  })
  const found = best as { choices: Choice[] } | null
  return found && [...sure, ...found.choices]
}

/** What the choices from each index on come to at least and at most: nothing after the last. */
function reachOf(options: readonly (readonly Bounds[])[]): Bounds[] {
  const reach: Bounds[] = []
  let { low, high } = NOTHING
  for (const bounds of options.toReversed()) {
    low += Math.min(...bounds.map((one) => one.low))
    high += Math.max(...bounds.map((one) => one.high))
    reach.unshift({ low, high })
  }
  return reach
}

interface Path {
  readonly strain: number
  readonly usdMicros: number
}

const NOTHING = { low: 0, high: 0 }

function placedOf(choices: readonly Choice[]): Placed[] {
  return choices.flatMap(({ charge, amount }) =>
    amount === null ? [] : { charge, amount, usdMicros: amount.usdMicros },
  )
}

/** Gives each charge its share of the rounding, within what its own price allows. */
function allot(placed: readonly Placed[], target: number, cents: boolean): Fitting {
  let left = target
  const start = placed.map((one) => {
    const { low, high } = cents ? one.amount.cents : one.amount.exact
    const likeliest = one.amount.usdMicros
    const usdMicros = cents ? (likeliest - low <= high - likeliest ? low : high) : likeliest
    left -= usdMicros
    return { ...one, usdMicros, low, high }
  })
  const shared = start.map(({ low, high, ...one }) => {
    const share = Math.min(Math.max(left, low - one.usdMicros), high - one.usdMicros)
    left -= share
    return { ...one, usdMicros: one.usdMicros + share }
  })
  return { placed: shared, rest: 0 }
}
