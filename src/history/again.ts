import { costOf } from './cost.ts'
import type { HistoryRow } from './row.ts'

/** Prices change: what was long ago says little. */
const LATELY = 10

/** What the same workflow has cost lately: the median, and how it is known. */
export interface CostAgain {
  readonly usdMicros: number
  /** Of so many runs. */
  readonly runs: number
  /** So many of them only said so themselves. */
  readonly announced: number
}

/**
 * What running it again would likely cost, by the last runs of the same nodes and links that were
 * done and said or showed what they cost; null where there are none. `rows` newest first.
 */
export function costAgain(
  workflowHash: string | null,
  rows: readonly HistoryRow[],
): CostAgain | null {
  if (workflowHash === null) return null
  const costs: number[] = []
  let announced = 0
  for (const row of rows) {
    if (costs.length === LATELY) break
    if (row.workflowHash !== workflowHash || row.status !== 'succeeded') continue
    const cost = costOf(row)
    if (cost === null) continue
    costs.push(cost)
    if (row.change.basis === 'announced') announced += 1
  }
  if (costs.length === 0) return null
  return { usdMicros: medianOf(costs), runs: costs.length, announced }
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? 0
  const lower = sorted[(sorted.length - 1) >> 1] ?? upper
  return Math.round((lower + upper) / 2)
}
