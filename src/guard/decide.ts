import type { Estimate } from '../estimate/estimate.ts'
import type { Bounds } from '../reservations/reservation.ts'

/** What a press of Run will cost, all runs of its batch together. */
export interface RunCost extends Bounds {
  /** Whether anything in it costs, be it nothing that is known. */
  readonly costs: boolean
  /** How many nodes may cost more, because their price is not known. */
  readonly unknown: number
}

/**
 * - `fine`: nothing stands in the way
 * - `warn`: it may cost more than there is
 * - `ask`: it will, or the balance is negative and partner nodes are refused
 */
export type Decision = 'fine' | 'warn' | 'ask'

/** Where only some of the nodes are run, nobody knows which: the least is nothing. */
export function costOf({ nodes, total }: Estimate, isPartial: boolean): RunCost {
  return {
    minUsdMicros: isPartial ? 0 : total.minUsdMicros,
    maxUsdMicros: total.maxUsdMicros,
    costs: nodes.some(({ run }) => run === 'yes' || run === 'maybe'),
    unknown: total.unknown,
  }
}

/** `reserved`: what runs that have not ended will still take of the same balance. */
export function decide(cost: RunCost, balanceUsdMicros: number, reserved: Bounds): Decision {
  if (!cost.costs) return 'fine'
  const most = balanceUsdMicros - reserved.minUsdMicros
  if (most < 0 || most < cost.minUsdMicros) return 'ask'
  const least = balanceUsdMicros - reserved.maxUsdMicros
  if (least < cost.maxUsdMicros) return 'warn'
  return cost.unknown > 0 && least <= 0 ? 'warn' : 'fine'
}
