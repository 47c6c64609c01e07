import { useQuery } from '@pinia/colada'
import { until } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { ApiError } from '../api/port.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useClockStore } from '../session/clock.ts'
import { useSessionStore } from '../session/store.ts'
import { readBalance } from './balance.ts'
import { readLastKnown, writeLastKnown } from './last-known.ts'

const STALE_AFTER_MS = 10_000

/** The balance of the billing account that pays. Old figures stay while new ones are fetched. */
export const useBalanceStore = defineStore('balance', () => {
  const session = useSessionStore()
  const billing = useBillingAccountStore()
  const clock = useClockStore()
  const storage = browserStorage()

  const query = useQuery({
    key: () => [...billing.key, 'balance'],
    enabled: () => billing.account !== null,
    staleTime: STALE_AFTER_MS,
    refetchOnWindowFocus: () => session.shown,
    query: async ({ signal }) => {
      const { account: billingAccount, accountKey } = billing
      if (billingAccount === null || accountKey === null)
        throw new ApiError('cancelled', 'There is no billing account')
      const balance = readBalance(await billingAccount.balance({ signal }))
      const at = clock.now()
      writeLastKnown(storage, accountKey, { usdMicros: balance.availableUsdMicros, at })
      return { balance, at, accountKey }
    },
  })

  const lastKnown = computed(() =>
    billing.accountKey === null ? null : readLastKnown(storage, billing.accountKey),
  )

  const balance = computed(() => query.data.value?.balance ?? null)

  /** The figure to show: fresh if there is one, else the last known; null when nothing is known. */
  const figure = computed(() => {
    const fresh = query.data.value
    if (fresh) return { usdMicros: fresh.balance.availableUsdMicros, at: fresh.at, fresh: true }
    return lastKnown.value === null ? null : { ...lastKnown.value, fresh: false }
  })

  /** The newest figure of this page, and whose it is; null while there is none. */
  const reading = computed(() => {
    const fresh = query.data.value
    if (!fresh) return null
    return {
      accountKey: fresh.accountKey,
      at: fresh.at,
      usdMicros: fresh.balance.availableUsdMicros,
    }
  })

  /** The failure of the latest attempt; a figure may stand beside it. */
  const error = computed(() => billing.error ?? query.error.value)

  const fetching = computed(() => billing.state === 'loading' || query.isLoading.value)

  /** Asks again, also when the figure is fresh. Resolves to the figure, or null when that failed. */
  async function refresh(): Promise<number | null> {
    if (billing.account === null) billing.retry()
    // Just after a login the host does not know yet which billing account pays.
    await until(() => billing.state !== 'loading' || session.account === null).toBe(true)
    const { account: billingAccount } = billing
    if (billingAccount === null) return null
    let state = await query.refetch()
    if (query.isLoading.value) {
      // Asked again meanwhile, which cancels this question: the answer to that one is newer.
      await until(query.isLoading).toBe(false)
      state = query.state.value
    }
    if (billing.account !== billingAccount || state.status !== 'success') return null
    return state.data.balance.availableUsdMicros
  }

  /** Asks again only when the figure has become old. */
  async function refreshIfStale(): Promise<void> {
    if (billing.account !== null) await query.refresh()
  }

  return { balance, figure, reading, error, fetching, refresh, refreshIfStale }
})
