import { MAX_USD_MICROS } from '@comfyui-credits/contract/money'
import * as z from 'zod/mini'
import { storedName } from '../storage/stored-data.ts'
import { readJson, writeJson } from '../storage/stored-json.ts'
import { timeSchema } from '../storage/stored-values.ts'
import type { SharePercent } from './alert.ts'
import type { LimitProgress } from './progress.ts'

/** What this browser has alerted to, so that no tab and no reload does it twice. */
export interface AlertRecord {
  /** By the limit's id. */
  readonly shares: Readonly<Record<string, AlertedShare>>
  /** The threshold that the balance has been seen below; null since it was above. */
  readonly lowBalance: number | null
}

interface AlertedShare {
  /** Of the period that began then, and of a limit of so much. */
  readonly from: number
  readonly usdMicros: number
  readonly percent: number
}

const PREFIX = storedName('limit-alerts')
const amount = z.int().check(z.gte(0), z.lte(MAX_USD_MICROS))
const schema = z.object({
  shares: z.record(
    z.string(),
    z.object({ from: timeSchema, usdMicros: amount, percent: z.number() }),
  ),
  lowBalance: z.nullable(amount),
})
const nothingAlerted: AlertRecord = { shares: {}, lowBalance: null }

export function readAlertRecord(storage: Storage, accountKey: string): AlertRecord {
  return schema.safeParse(readJson(storage, PREFIX + accountKey)).data ?? nothingAlerted
}

/** A full storage costs an alert that comes again. */
export function writeAlertRecord(storage: Storage, accountKey: string, record: AlertRecord): void {
  writeJson(storage, PREFIX + accountKey, record)
}

const PERCENTS = [100, 80, 50] as const satisfies readonly SharePercent[]

/** The highest that was reached and not alerted to in this period; null for none. */
export function dueShare(
  { limit, spentUsdMicros, reservedUsdMicros, from }: LimitProgress,
  { shares }: AlertRecord,
): SharePercent | null {
  const used = spentUsdMicros + reservedUsdMicros
  const reached = PERCENTS.find((percent) => used > 0 && used * 100 >= limit.usdMicros * percent)
  if (reached === undefined) return null
  const last = shares[limit.id]
  const isOfPeriod = last !== undefined && last.from >= from && last.usdMicros === limit.usdMicros
  return isOfPeriod && last.percent >= reached ? null : reached
}

export function withShare(
  record: AlertRecord,
  { limit, from }: LimitProgress,
  percent: SharePercent,
  all: readonly LimitProgress[],
): AlertRecord {
  // Of limits that are gone nothing stays.
  const ids = new Set(all.map((each) => each.limit.id))
  const kept = Object.entries(record.shares).filter(([id]) => ids.has(id))
  const share = { from, usdMicros: limit.usdMicros, percent }
  return { ...record, shares: { ...Object.fromEntries(kept), [limit.id]: share } }
}

/**
 * Whether to alert to a balance below the threshold: once, until the balance has been above it again.
 */
export function lowBalanceOf(
  balanceUsdMicros: number,
  thresholdUsdMicros: number,
  record: AlertRecord,
): { readonly isDue: boolean; readonly record: AlertRecord } {
  const isLow = balanceUsdMicros < thresholdUsdMicros
  const lowBalance = isLow ? thresholdUsdMicros : null
  return {
    isDue: isLow && record.lowBalance !== thresholdUsdMicros,
    record: record.lowBalance === lowBalance ? record : { ...record, lowBalance },
  }
}
