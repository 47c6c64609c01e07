import { readAccountEvent, type AccountEvent } from '../../src/account-events/account-event.ts'
import { knownEvents } from '../../src/account-events/kinds.ts'
import { contains, lastDays, thisMonth, type Span } from '../../src/overview/calendar.ts'
import type { Account } from './account.ts'

/** What calls cost in a period. */
export interface Spent {
  /** Of the calls whose price the account says. */
  readonly usdMicros: number
  /** Calls whose price it does not say: they may have cost more than that. */
  readonly unpriced: number
}

/** By the calendar of this computer's time zone. */
export interface SpentOf {
  readonly today: Spent
  readonly week: Spent
  readonly month: Spent
}

/** The most that the contract allows. */
const PAGE_SIZE = 100

export async function spentBy(account: Account): Promise<SpentOf> {
  const first = await account.events(1, PAGE_SIZE)
  const now = account.now()
  const [today, week, month] = [lastDays(1, now).now, lastDays(7, now).now, thisMonth(now).now]
  const from = Math.min(week.from, month.from)
  const events = first.events.map(readAccountEvent)
  for (let page = 2; page <= first.totalPages && !reaches(events, from); page += 1) {
    const { events: older } = await account.events(page, PAGE_SIZE)
    if (older.length === 0) break
    events.push(...older.map(readAccountEvent))
  }
  const { usage } = knownEvents(events)
  return { today: sum(usage, today), week: sum(usage, week), month: sum(usage, month) }
}

/** Newest come first, so the last one that has a time is the oldest. */
function reaches(events: readonly AccountEvent[], from: number): boolean {
  const oldest = events.findLast(({ at }) => at !== null)?.at ?? null
  return oldest !== null && oldest < from
}

function sum(usage: readonly AccountEvent[], span: Span): Spent {
  let [usdMicros, unpriced] = [0, 0]
  for (const { at, chargeUsdMicros } of usage) {
    if (at === null || !contains(span, at)) continue
    if (chargeUsdMicros === null) unpriced += 1
    else usdMicros += chargeUsdMicros
  }
  return { usdMicros, unpriced }
}
