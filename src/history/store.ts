import { useInfiniteQuery } from '@pinia/colada'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { ApiError } from '../api/port.ts'
import { usePurseStore } from '../purse/store.ts'
import { useSessionStore } from '../session.ts'
import { useLedgerStore } from '../usage/ledger/store.ts'
import { readAccountEvent } from './events.ts'
import { buildRows } from './rows.ts'

const PAGE_SIZE = 50
const STALE_AFTER_MS = 10_000
const FIRST_PAGE = 1

/** What happened on the account, joined with the runs of this browser. Asked for only once shown. */
export const useHistoryStore = defineStore('history', () => {
  const session = useSessionStore()
  const purses = usePurseStore()
  const ledger = useLedgerStore()

  const wanted = ref(false)
  watch(
    () => session.shown,
    (shown) => {
      if (shown) wanted.value = true
    },
    { immediate: true },
  )

  const query = useInfiniteQuery({
    key: () => [...purses.key, 'events'],
    enabled: () => wanted.value && purses.purse !== null,
    staleTime: STALE_AFTER_MS,
    refetchOnWindowFocus: () => session.shown,
    initialPageParam: FIRST_PAGE,
    query: async ({ pageParam, signal }) => {
      if (purses.purse === null) throw new ApiError('cancelled', 'There is no purse')
      const page = await purses.purse.events({ page: pageParam, limit: PAGE_SIZE }, { signal })
      return { ...page, readAt: Date.now() }
    },
    getNextPageParam: (last, _pages, page) => (page < last.totalPages ? page + 1 : null),
  })

  const pages = computed(() => query.data.value?.pages ?? null)

  /** Newest first; null while nothing has been read yet. */
  const rows = computed(() =>
    pages.value === null && ledger.runs.length === 0
      ? null
      : buildRows({
          events: (pages.value ?? []).flatMap((page) => page.events).map(readAccountEvent),
          runs: session.account === null ? [] : ledger.runs,
          hasMore: query.hasNextPage.value,
          readAt: pages.value?.[0]?.readAt ?? null,
        }),
  )

  /** Whether the account's own list has been read, and not only this page's runs. */
  const read = computed(() => pages.value !== null)

  async function loadMore(): Promise<void> {
    ledger.loadMore()
    if (query.hasNextPage.value) await query.loadNextPage({ cancelRefetch: false })
  }

  /** Asks again for all pages that are on screen. */
  async function refresh(): Promise<void> {
    if (wanted.value && purses.purse !== null) await query.refetch()
  }

  async function refreshIfStale(): Promise<void> {
    if (wanted.value && purses.purse !== null) await query.refresh()
  }

  return {
    rows,
    read,
    error: query.error,
    fetching: computed(() => purses.state === 'loading' || query.isLoading.value),
    hasMore: computed(() => query.hasNextPage.value || ledger.hasMore),
    /** What runs cost is known until the page is left: the browser keeps nothing. */
    forgetful: computed(() => ledger.forgetful),
    loadMore,
    refresh,
    refreshIfStale,
  }
})
