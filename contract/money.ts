/**
 * The one place where units of money are converted.
 *
 * The truth is integer micro-USD (`usdMicros`, USD × 10⁶). Credits and dollars are only ever
 * derived from it, for showing. The wire has other units: see each function.
 */

/** ComfyUI's rate: 211 credits cost one US dollar. */
const CREDITS_PER_USD = 211

const MICROS_PER_CENT = 10_000
const MICROS_PER_USD = 1_000_000

/** Beyond it sums are not exact any more. No account holds a thousandth of that. */
export const MAX_USD_MICROS = 1e14

/** As credits, such as a price text or a file may name. */
export const MAX_CREDITS = (MAX_USD_MICROS / MICROS_PER_USD) * CREDITS_PER_USD

/** Whether a number can be an amount of money; what comes from outside may be any number. */
export function isUsdMicros(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= MAX_USD_MICROS
}

/**
 * A balance on the wire is named `*_micros` but holds US cents, possibly fractional.
 * Rounds to the nearest micro-USD.
 */
export function usdMicrosFromCents(cents: number): number {
  return Math.round(cents * MICROS_PER_CENT)
}

/** Exact US cents, fractional where the amount is; for the wire and for `data-usd-cents`. */
export function centsFromUsdMicros(usdMicros: number): number {
  return usdMicros / MICROS_PER_CENT
}

export function usdMicrosFromUsd(usd: number): number {
  return Math.round(usd * MICROS_PER_USD)
}

/** US dollars, for Intl to format. */
export function usdFromUsdMicros(usdMicros: number): number {
  return usdMicros / MICROS_PER_USD
}

/** Credits with two decimals, half rounded to even, so that sums of shown figures stay fair. */
export function creditsFromUsdMicros(usdMicros: number): number {
  return Number(hundredthsHalfEven(BigInt(usdMicros) * BigInt(CREDITS_PER_USD))) / 100
}

/** Credits to the last micro-USD: six decimals. For files and details. */
export function exactCreditsFromUsdMicros(usdMicros: number): number {
  return Number(BigInt(usdMicros) * BigInt(CREDITS_PER_USD)) / MICROS_PER_USD
}

/** Credits for a formatter: with two decimals, but exact where these would make nothing of it. */
export function shownCreditsFromUsdMicros(usdMicros: number): number {
  return creditsFromUsdMicros(usdMicros) || exactCreditsFromUsdMicros(usdMicros)
}

/** The micro-USD nearest to an amount of credits, as announced in a node's price text. */
export function usdMicrosFromCredits(credits: number): number {
  return Math.round((credits * MICROS_PER_USD) / CREDITS_PER_USD)
}

/**
 * The least amount that buys at least so many hundredths of a credit, where amounts are multiples
 * of `stepUsdMicros`, itself whole cents. Whole numbers throughout: a cent is 211 hundredths.
 */
export function usdMicrosForCredits(creditHundredths: number, stepUsdMicros: number): number {
  const perStep = (stepUsdMicros / MICROS_PER_CENT) * CREDITS_PER_USD
  const rest = creditHundredths % perStep
  const steps = (creditHundredths - rest) / perStep + (rest === 0 ? 0 : 1)
  return steps * stepUsdMicros
}

/** A price list names dollars, often fractions of a micro-USD. For its label only, never to sum. */
export function creditsFromUsd(usd: number): number {
  return usd * CREDITS_PER_USD
}

/** Announced prices have two decimals: summed in hundredths, so that no float drift is shown. */
export function sumCredits(credits: readonly number[]): number {
  return credits.reduce((sum, price) => sum + Math.round(price * 100), 0) / 100
}

/**
 * How far the amount behind a quoted price may be from it: prices are quoted to a hundredth of
 * a credit.
 */
export const ANNOUNCED_SLACK_USD_MICROS = Math.ceil(MICROS_PER_USD / CREDITS_PER_USD / 200)

export function isWholeCents(usdMicros: number): boolean {
  return usdMicros % MICROS_PER_CENT === 0
}

/**
 * The whole cents just below and just above an amount that is known up to `slackUsdMicros`, in
 * micro-USD: what it may come to where a billing account counts in cents. The same twice when it
 * may be a whole cent itself.
 */
export function centsAround(
  usdMicros: number,
  slackUsdMicros: number,
): [low: number, high: number] {
  const nearest = Math.round(usdMicros / MICROS_PER_CENT) * MICROS_PER_CENT
  if (Math.abs(nearest - usdMicros) <= slackUsdMicros) return [nearest, nearest]
  const low = Math.floor(usdMicros / MICROS_PER_CENT) * MICROS_PER_CENT
  return [low, low + MICROS_PER_CENT]
}

/** Millionths to hundredths, half to even; BigInt because × 211 can leave the safe integers. */
function hundredthsHalfEven(millionths: bigint): bigint {
  const unit = 10_000n
  const sign = millionths < 0n ? -1n : 1n
  const absolute = millionths * sign
  const whole = absolute / unit
  const twiceRest = (absolute % unit) * 2n
  const up = twiceRest > unit || (twiceRest === unit && whole % 2n === 1n)
  return sign * (up ? whole + 1n : whole)
}
