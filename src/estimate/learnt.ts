import type { CallCost } from '../run-archive/port.ts'
import type { Amount, Price } from './price.ts'

/** What a node has really cost with these settings. */
export interface Learnt {
  /** How many runs say so. */
  readonly runs: number
  readonly amount: Amount
  /** From their durations and a price by GPU time, where no run says what it cost. */
  readonly isByTime: boolean
  /** More than 20 % beside the price list. */
  readonly isOff: boolean
}

const TOLERANCE = 0.2

/** Null where no run says anything. */
export function learnFrom(
  costs: readonly CallCost[],
  price: Price,
  calls: number | null,
): Learnt | null {
  if (calls === null || costs.length === 0) return null
  const charged = costs.filter(({ usdMicros }) => usdMicros !== null)
  const { usdPerGpuSecond } = price
  const isByTime = charged.length === 0 && usdPerGpuSecond !== null
  const used = isByTime ? costs : charged
  const each = used.map(({ usdMicros, ms }) => usdMicros ?? (usdPerGpuSecond ?? 0) * ms * 1000)
  const amount = spreadOf(each, calls)
  if (amount === null) return null
  const runs = new Set(used.map(({ promptId }) => promptId)).size
  return { runs, amount, isByTime, isOff: isOff(amount, price.amount) }
}

function spreadOf(all: readonly number[], calls: number): Amount | null {
  const sorted = all.toSorted((a, b) => a - b)
  const [low, high] = [sorted[0], sorted.at(-1)]
  if (low === undefined || high === undefined) return null
  const half = Math.floor(sorted.length / 2)
  const [below, above] = [sorted[(sorted.length - 1) >> 1] ?? low, sorted[half] ?? high]
  return {
    minUsdMicros: Math.round(low * calls),
    typicalUsdMicros: Math.round(((below + above) / 2) * calls),
    maxUsdMicros: Math.round(high * calls),
  }
}

function isOff({ typicalUsdMicros }: Amount, listed: Amount | null): boolean {
  return (
    listed !== null &&
    (typicalUsdMicros > listed.maxUsdMicros * (1 + TOLERANCE) ||
      typicalUsdMicros < listed.minUsdMicros * (1 - TOLERANCE))
  )
}

/** The price list's range with the cost that is usual; where it says none, what the runs say. */
export function withLearnt(price: Price, learnt: Learnt | null): Pick<Price, 'amount' | 'reason'> {
  const { amount, reason } = price
  if (learnt === null) return { amount, reason }
  if (amount === null) return { amount: learnt.amount, reason: null }
  return { amount: { ...amount, typicalUsdMicros: learnt.amount.typicalUsdMicros }, reason }
}
