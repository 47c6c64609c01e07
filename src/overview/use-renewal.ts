import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useClockStore } from '../session/clock.ts'
import { renewalDay } from './renewal-day.ts'

/** The day is asked for once a visit. */
const STALE_AFTER_MS = 3_600_000

/** When the monthly credits are renewed, epoch milliseconds; null where there are none, or nobody says. */
export function useRenewal() {
  const billing = useBillingAccountStore()
  const balance = useBalanceStore()
  const clock = useClockStore()
  const hasMonthly = computed(() => (balance.balance?.monthlyUsdMicros ?? 0) > 0)
  const query = useQuery({
    key: () => [...billing.key, 'renewal'],
    enabled: () => billing.account !== null && hasMonthly.value,
    staleTime: STALE_AFTER_MS,
    query: async ({ signal }) => (await billing.account?.renewal({ signal })) ?? null,
  })
  return computed(() => {
    const at = hasMonthly.value ? renewalDay(query.data.value ?? null) : null
    // What has passed says nothing of the next one.
    return at !== null && at > clock.now() ? at : null
  })
}
