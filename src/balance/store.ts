import { useQuery } from '@pinia/colada'
import { until } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { ApiError } from '../api/port.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { usePurseStore } from '../billing-account/store.ts'
import { useSessionStore } from '../session/store.ts'
import { readBalance } from './balance.ts'
import { readLastKnown, writeLastKnown } from './last-known.ts'

const STALE_AFTER_MS = 10_000

/** The balance of the purse that pays. Old figures stay while new ones are fetched. */
export const useBalanceStore = defineStore('balance', () => {
  const session = useSessionStore()
  const purses = usePurseStore()
  const storage = browserStorage()

  const query = useQuery({
    key: () => [...purses.key, 'balance'],
    enabled: () => purses.purse !== null,
    staleTime: STALE_AFTER_MS,
    refetchOnWindowFocus: () => session.shown,
    query: async ({ signal }) => {
      const { purse, place } = purses
      if (purse === null || place === null) throw new ApiError('cancelled', 'There is no purse')
      const balance = readBalance(await purse.balance({ signal }))
      const at = Date.now()
      writeLastKnown(storage, place, { usdMicros: balance.availableUsdMicros, at })
      return { balance, at, place }
    },
  })

  const lastKnown = computed(() =>
    purses.place === null ? null : readLastKnown(storage, purses.place),
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
    return { place: fresh.place, at: fresh.at, usdMicros: fresh.balance.availableUsdMicros }
  })

  /** The failure of the latest attempt; a figure may stand beside it. */
  const error = computed(() => purses.error ?? query.error.value)

  const fetching = computed(() => purses.state === 'loading' || query.isLoading.value)

  /** Asks again, also when the figure is fresh. Resolves to the figure, or null when that failed. */
  async function refresh(): Promise<number | null> {
    if (purses.purse === null) purses.retry()
    // Just after a login the host does not know yet which purse pays.
    await until(() => purses.state !== 'loading' || session.account === null).toBe(true)
    const { purse } = purses
    if (purse === null) return null
    let state = await query.refetch()
    if (query.isLoading.value) {
      // Asked again meanwhile, which cancels this question: the answer to that one is newer.
      await until(query.isLoading).toBe(false)
      state = query.state.value
    }
    if (purses.purse !== purse || state.status !== 'success') return null
    return state.data.balance.availableUsdMicros
  }

  /** Asks again only when the figure has become old. */
  async function refreshIfStale(): Promise<void> {
    if (purses.purse !== null) await query.refresh()
  }

  return { balance, figure, reading, error, fetching, refresh, refreshIfStale }
})
