import { creditsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { Span } from '../reconciliation/fit.ts'
import type { HistoryRow } from './row.ts'

/** How the balance moved by a run, and by how many others in the same time. */
export interface BalanceSpan {
  readonly from: Reading
  readonly to: Reading
  readonly otherRuns: number
}

/**
 * What the balance was before and after a run, as far as this says what the run cost: alone, or
 * together with other runs. Null where something else moved it too, or where the figures do not make
 * the change: then it would contradict the row.
 */
export function balanceSpanOf(
  row: HistoryRow,
  spans: readonly Span[],
  rows: readonly HistoryRow[],
): BalanceSpan | null {
  const from = spans.map((span) => span.from).toSorted(byTime)[0]
  const to = spans
    .map((span) => span.to)
    .toSorted(byTime)
    .at(-1)
  if (!from || !to) return null
  const isSame = (other: HistoryRow): boolean =>
    other === row || (row.promptId !== null && other.promptId === row.promptId)
  const others = rows.filter(
    (other) => !isSame(other) && other.change.basis !== 'none' && isWithin(other, from.at, to.at),
  )
  // Grouped by node, the row is a part of its run.
  const whole = rows.find(isSame) ?? row
  const costs = [whole, ...others].map(confirmedCost)
  if (costs.includes(null)) return null
  const sum = costs.reduce<number>((total, cost) => total + (cost ?? 0), 0)
  const left = from.usdMicros - to.usdMicros
  if (creditsFromUsdMicros(sum) !== creditsFromUsdMicros(left)) return null
  return { from, to, otherRuns: others.length }
}

function byTime(one: Reading, other: Reading): number {
  return one.at - other.at
}

function isWithin({ at, durationMs }: HistoryRow, from: number, to: number): boolean {
  return at !== null && at <= to && at + (durationMs ?? 0) > from
}

/** Null for what is no run, and where not all of its cost is confirmed. */
function confirmedCost({ kind, change }: HistoryRow): number | null {
  if (kind !== 'run' && kind !== 'usage') return null
  return change.basis === 'actual' && change.complete ? -change.usdMicros : null
}
