import { useBillingAccountStore } from '../billing-account/store.ts'
import { useServiceNow } from '../billing-account/use-service-now.ts'
import { ApiError } from '../api/port.ts'
import { accountSpending } from '../overview/account-spending.ts'
import { lastDays } from '../session/calendar.ts'
import { useClockStore } from '../session/clock.ts'
import type { SpentToday } from './comfy-credits.d.ts'
import { amountOf } from './amount.ts'

/** A script may ask at each frame; the account is not to notice. */
const FRESH_MS = 10_000

interface Answer {
  readonly of: object
  readonly at: number
  readonly spent: Promise<SpentToday>
}

export function useSpentToday(): () => Promise<SpentToday> {
  const billing = useBillingAccountStore()
  const clock = useClockStore()
  const serviceNow = useServiceNow()
  let last: Answer | null = null

  async function ask(): Promise<SpentToday> {
    const { account } = billing
    if (account === null) throw new ApiError('logged-out', 'Nobody knows which account pays')
    const source = {
      events: (page: number, limit: number) => account.events({ page, limit }),
      // The account's events have its clock's times, and this one may be wrong.
      now: () => serviceNow() ?? clock.now(),
    }
    const { today } = await accountSpending(source, (now) => ({ today: lastDays(1, now).now }))
    return { ...amountOf(today.usdMicros), isWhole: today.unpriced === 0 }
  }

  return () => {
    const { account } = billing
    const isFresh = last && last.of === account && clock.now() - last.at < FRESH_MS
    if (last && isFresh) return last.spent
    const spent = ask()
    if (account !== null) last = { of: account, at: clock.now(), spent }
    return spent
  }
}
