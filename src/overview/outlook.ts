import { nothingSpent, sizeOf, spend } from '../history/charts/spent.ts'
import type { HistoryRow } from '../history/row.ts'
import { shownCreditsFromUsdMicros } from '@comfyui-credits/contract/money'
import { dayStart } from '../session/calendar.ts'
import { isSpent } from './spent-rows.ts'

const PACE_DAYS = 7
/** What one or two days cost is no pace. */
const LEAST_DAYS = 3
const MOST_DAYS = 365
const DAY_MS = 24 * 60 * 60_000

/**
 * For how many more days the balance lasts if they cost what the last seven did. Null where that
 * cannot be said: too little is known, nothing was spent, or it lasts longer than anybody plans.
 * `rows` newest first.
 */
export function daysAtPace(
  rows: readonly HistoryRow[],
  { usdMicros, now, knownSince }: { usdMicros: number; now: number; knownSince: number },
): number | null {
  const from = dayStart(now, 1 - PACE_DAYS)
  const spent = nothingSpent()
  let first = now
  for (const row of rows) {
    if (row.at === null) continue
    if (row.at < from) break
    if (!isSpent(row)) continue
    spend(spent, row)
    first = Math.min(first, row.at)
  }
  const days = Math.round((dayStart(now, 1) - dayStart(first)) / DAY_MS)
  if (knownSince > dayStart(first) || days < LEAST_DAYS || sizeOf(spent) <= 0) return null
  const left = Math.floor((shownCreditsFromUsdMicros(usdMicros) * days) / sizeOf(spent))
  return left < 1 || left > MOST_DAYS ? null : left
}
