import { useInfiniteQuery } from '@pinia/colada'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { ApiError } from '../api/port.ts'
import { usePurseStore } from '../purse/store.ts'
import { useSessionStore } from '../session.ts'
import { useLedgerStore } from '../usage/ledger/store.ts'
import { readAccountEvent } from './events.ts'
import { buildRows } from './rows.ts'
import { useExplanation } from './use-explanation.ts'

const PAGE_SIZE = 50
const STALE_AFTER_MS = 10_000
const FIRST_PAGE = 1

/** What happened on the account, joined with the runs of this browser. Asked for only once shown. */
export const useHistoryStore = defineStore('history', () => {
  const session = useSessionStore()
  const purses = usePurseStore()
  const ledger = useLedgerStore()
  const { query, told, read, mayAsk } = useEvents()
  const explanation = useExplanation(() => told.value)

  /** Newest first; null while nothing has been read yet. */
  const rows = computed(() =>
    !read.value && ledger.runs.length === 0
      ? null
      : buildRows({
          ...told.value,
          runs: session.account === null ? [] : ledger.runs,
          explanation: explanation.value,
        }),
  )

  async function loadMore(): Promise<void> {
    ledger.loadMore()
    if (query.hasNextPage.value) await query.loadNextPage({ cancelRefetch: false })
  }

  /** Asks again for all pages that are on screen. */
  async function refresh(): Promise<void> {
    if (mayAsk.value) await query.refetch()
  }

  async function refreshIfStale(): Promise<void> {
    if (mayAsk.value) await query.refresh()
  }

  return {
    rows,
    /** Whether the account's own list has been read, and not only this page's runs. */
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

/** The account's events, page by page. */
function useEvents() {
  const session = useSessionStore()
  const purses = usePurseStore()
  const wanted = ref(false)
  watch(
    () => session.shown,
    (shown) => {
      if (shown) wanted.value = true
    },
    { immediate: true },
  )
  const mayAsk = computed(() => wanted.value && purses.purse !== null)
  const query = useInfiniteQuery({
    key: () => [...purses.key, 'events'],
    enabled: () => mayAsk.value,
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
  return {
    query,
    mayAsk,
    read: computed(() => pages.value !== null),
    told: computed(() => ({
      events: (pages.value ?? []).flatMap((page) => page.events).map(readAccountEvent),
      hasMore: query.hasNextPage.value,
      readAt: pages.value?.[0]?.readAt ?? null,
    })),
  }
}
