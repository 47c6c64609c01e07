import { costOf } from '../history/cost.ts'
import type { HistoryRow } from '../history/row.ts'
import { browserStorage, writeText } from '../storage/browser-storage.ts'
import { storedName } from '../storage/stored-data.ts'

const NAME = storedName('toast-offer')
const PAID_RUNS = 3

/** By then a person knows what runs cost credits, and may want to see how much each does. */
export function hasPaidRuns(rows: readonly HistoryRow[]): boolean {
  let paid = 0
  for (const row of rows) {
    if ((costOf(row) ?? 0) > 0) paid += 1
    if (paid === PAID_RUNS) return true
  }
  return false
}

export function wasOffered(): boolean {
  return browserStorage().getItem(NAME) !== null
}

/** A full or forbidden storage costs another offer in the next session, and nothing now. */
export function rememberOffer(): void {
  writeText(browserStorage(), NAME, 'made')
}
