import { costOf } from '../../history/cost.ts'
import type { HistoryRow } from '../../history/row.ts'

const RUNS_TO_LOOK_AT = 10

/**
 * How many runs an amount would pay, by what the last ones cost: `count` runs like the last `like`.
 * Null when there are none to go by, or it would pay not even one.
 */
export function likelyRuns(
  rows: readonly HistoryRow[],
  usdMicros: number,
): { readonly count: number; readonly like: number } | null {
  const costs: number[] = []
  for (const row of rows) {
    const cost = costOf(row) ?? 0
    if (cost > 0) costs.push(cost)
    if (costs.length === RUNS_TO_LOOK_AT) break
  }
  const sum = costs.reduce((total, cost) => total + cost, 0)
  const count = sum === 0 ? 0 : Math.floor((usdMicros * costs.length) / sum)
  return count === 0 ? null : { count, like: costs.length }
}
