import { useQuery, useQueryCache } from '@pinia/colada'
import { defineStore } from 'pinia'
import { computed, watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import { forgetOtherPurses } from '../query-cache.ts'
import { useSessionStore } from '../session.ts'
import { readBalance } from './balance.ts'
import { readLastKnown, writeLastKnown } from './last-known.ts'

const STALE_AFTER_MS = 10_000

/** The balance of whoever is logged in. Old figures stay while new ones are fetched. */
export const useBalanceStore = defineStore('balance', () => {
  const { api } = useCreditsContext()
  const session = useSessionStore()
  const storage = window.localStorage

  const query = useQuery({
    key: () => [...session.purseKey, 'balance'],
    enabled: () => session.account !== null,
    staleTime: STALE_AFTER_MS,
    refetchOnWindowFocus: () => session.shown,
    query: async ({ signal }) => {
      const accountId = session.account?.id
      const balance = readBalance(await api.balance({ signal }))
      const at = Date.now()
      if (accountId !== undefined) {
        writeLastKnown(storage, accountId, { usdMicros: balance.availableUsdMicros, at })
      }
      return { balance, at }
    },
  })

  const cache = useQueryCache()
  watch(
    () => session.purseKey,
    (purse) => forgetOtherPurses(cache, purse),
  )

  const lastKnown = computed(() =>
    session.account === null ? null : readLastKnown(storage, session.account.id),
  )

  const balance = computed(() => query.data.value?.balance ?? null)

  /** The figure to show: fresh if there is one, else the last known; null when nothing is known. */
  const figure = computed(() => {
    const fresh = query.data.value
    if (fresh) return { usdMicros: fresh.balance.availableUsdMicros, at: fresh.at, fresh: true }
    return lastKnown.value === null ? null : { ...lastKnown.value, fresh: false }
  })

  /** The failure of the latest attempt; a figure may stand beside it. */
  const error = computed(() => query.error.value)

  /** Asks again, also when the figure is fresh. Resolves to the figure, or null when that failed. */
  async function refresh(): Promise<number | null> {
    if (session.account === null) return null
    const state = await query.refetch()
    if (state.status !== 'success') return null
    return state.data.balance.availableUsdMicros
  }

  /** Asks again only when the figure has become old. */
  async function refreshIfStale(): Promise<void> {
    if (session.account !== null) await query.refresh()
  }

  return { balance, figure, error, fetching: query.isLoading, refresh, refreshIfStale }
})
