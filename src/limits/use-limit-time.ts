import { useNow } from '@vueuse/core'
import { onScopeDispose, shallowRef, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useCreditsContext } from '../context.ts'
import { useClockStore } from '../session/clock.ts'
import { LimitClock } from './limit-clock.ts'

/** A period begins this late at most. */
const TICK_MS = 20_000

/** The time that limits go by, as it passes. */
export function useLimitTime() {
  const { api } = useCreditsContext()
  const billing = useBillingAccountStore()
  const balance = useBalanceStore()
  const page = useClockStore()
  const clock = new LimitClock(page.now(), performance.now())
  const offset = shallowRef(0)
  const tick = useNow({ interval: TICK_MS })

  onScopeDispose(
    api.onAnswerTime(({ base, date, tookMs }) => {
      if (base !== billing.account?.base) return
      clock.answered({ date, tookMs, page: page.now(), ticks: performance.now() })
      offset.value = clock.offset
    }),
  )
  // Its answer says what time it is.
  watch(tick, () => {
    if (clock.isUnsure(page.now(), performance.now())) void balance.refreshIfStale()
  })

  return {
    /** How far the service's clock is ahead of this page's; milliseconds. */
    offset,
    /** The service's time, epoch milliseconds; read in a computed, it is read again as it passes. */
    now(): number {
      void tick.value
      void offset.value
      return clock.now(page.now(), performance.now())
    },
  }
}
