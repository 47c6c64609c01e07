/** Median of a list that is not empty. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Quantile with linear interpolation between neighbours; `q` from 0 to 1. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  if (below === undefined || above === undefined) throw new Error('There is nothing to measure.')
  return below + (above - below) * (position - Math.floor(position))
}

/** A ratio with the interval that holds the true one with 95 % confidence. */
export interface Ratio {
  readonly ratio: number
  readonly low: number
  readonly high: number
}

const RESAMPLES = 10_000

/**
 * How many times as long A takes as B, from measurements taken in pairs: the geometric mean of the
 * pairs' ratios, because 2 and ½ must cancel out, and its interval by bootstrap over the pairs.
 * Pairing removes the machine's slow phases, which hit both of a pair. The same pairs always give the
 * same answer.
 */
export function pairedRatio(pairs: readonly (readonly [a: number, b: number])[]): Ratio {
  if (pairs.length === 0) throw new Error('There is nothing to compare.')
  const logs = pairs.map(([a, b]) => Math.log(a / b))
  const random = seededRandom(1)
  const means = Array.from({ length: RESAMPLES }, () => mean(resample(logs, random)))
  return {
    ratio: Math.exp(mean(logs)),
    low: Math.exp(quantile(means, 0.025)),
    high: Math.exp(quantile(means, 0.975)),
  }
}

export function formatRatio({ ratio, low, high }: Ratio): string {
  return `${ratio.toFixed(2)} (95 %: ${low.toFixed(2)}–${high.toFixed(2)})`
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function resample(values: readonly number[], random: () => number): number[] {
  return values.map(() => values[Math.floor(random() * values.length)] ?? 0)
}

/** Mulberry32: small and good enough to draw samples with. Yields numbers in [0, 1). */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
