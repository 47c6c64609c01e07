import { useDocumentVisibility } from '@vueuse/core'
import { watch } from 'vue'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useBalanceStore } from './store.ts'

/** Asked for as soon as it is known whose it is, and when somebody comes back to the page. */
export function useFreshBalance(): void {
  const billing = useBillingAccountStore()
  const balance = useBalanceStore()
  const visibility = useDocumentVisibility()
  watch(
    () => [billing.account, visibility.value] as const,
    ([billingAccount, state]) => {
      if (billingAccount !== null && state === 'visible') void balance.refreshIfStale()
    },
    { immediate: true },
  )
}
