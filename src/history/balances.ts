import { usdMicrosFromCents } from '@comfyui-credits/contract/money'
import type { Reading } from '../reconciliation/balance-reading.ts'
import { SETTLE_MS } from '../runs/run.ts'
import type { HistoryRow } from './row.ts'

const ONE_CENT = usdMicrosFromCents(1)

/**
 * What the balance was after each row, in micro-USD; null where it is not known to the cent. A
 * balance that was read before a row and one after it frame it: with no other row between them the
 * later one is the answer, with several it is the sum up to the row, if all of them together come to
 * the later one. `rows` newest first, `readings` oldest first.
 */
export function balancesAfter(
  rows: readonly HistoryRow[],
  readings: readonly Reading[],
): (row: HistoryRow) => number | null {
  const known = new Map<string, ReadonlyMap<HistoryRow, number>>()
  return (row) => {
    const frame = frameOf(row, readings)
    if (frame === null) return null
    const key = `${frame.from.at} ${frame.to.at}`
    const inFrame = known.get(key) ?? balancesIn(frame, rows)
    known.set(key, inFrame)
    return inFrame.get(row) ?? null
  }
}

interface Frame {
  readonly from: Reading
  readonly to: Reading
}

function balancesIn({ from, to }: Frame, rows: readonly HistoryRow[]): Map<HistoryRow, number> {
  const atOrBefore = (time: number) => firstIndex(rows, ({ at }) => (at ?? -Infinity) <= time)
  const between = rows.slice(atOrBefore(to.at), atOrBefore(from.at))
  const [only] = between
  if (only && between.length === 1) {
    return isShown(only, { from, to }) ? new Map([[only, to.usdMicros]]) : new Map()
  }
  const balances = new Map<HistoryRow, number>()
  let balance = from.usdMicros
  for (const row of between.toReversed()) {
    const change = exactChange(row)
    if (change === null) return new Map()
    balance += change
    balances.set(row, balance)
  }
  return balance === to.usdMicros ? balances : new Map()
}

/** A balance may follow late, and show nothing of it yet. Some are read in whole cents. */
function isShown(row: HistoryRow, { from, to }: Frame): boolean {
  const change = exactChange(row)
  return change === null || Math.abs(from.usdMicros + change - to.usdMicros) < ONE_CENT
}

/** Charges of a run are in the balance some time after its end; what the account says is in it. */
function frameOf(
  { at, durationMs, kind, status }: HistoryRow,
  readings: readonly Reading[],
): Frame | null {
  if (at === null || status === 'running') return null
  const settled = kind === 'run' ? at + (durationMs ?? 0) + SETTLE_MS : at
  const from = readings[firstIndex(readings, (reading) => reading.at >= at) - 1]
  const to = readings[firstIndex(readings, (reading) => reading.at >= settled)]
  return from && to ? { from, to } : null
}

function exactChange({ change }: HistoryRow): number | null {
  if (change.basis === 'none') return 0
  return change.basis === 'actual' && change.complete ? change.usdMicros : null
}

/** Of the first that passes, where all after it pass too; the length when none does. */
function firstIndex<T>(sorted: readonly T[], passes: (item: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = sorted[middle]
    if (item !== undefined && passes(item)) high = middle
    else low = middle + 1
  }
  return low
}
