import { useInfiniteQuery } from '@pinia/colada'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError } from '../api/port.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useSessionStore } from '../session/store.ts'
import { useLater } from '../composables/use-lazy-scope.ts'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { useRunsStore } from '../runs/store.ts'
import type { HistoryRow, RowParts } from './row.ts'
import type { Sources } from './sources.ts'

const PAGE_SIZE = 50
const STALE_AFTER_MS = 10_000
const FIRST_PAGE = 1

/** What happened on the account, joined with the runs of this browser. Asked for only once shown. */
export const useHistoryStore = defineStore('history', () => {
  const session = useSessionStore()
  const billing = useBillingAccountStore()
  const runArchive = useRunArchiveStore()
  const { query, pages, mayAsk } = useEvents()
  const { rows, failed, loaded } = useLazyRows({
    session,
    runArchive,
    runs: useRunsStore(),
    pages: () => pages.value,
    hasMore: () => query.hasNextPage.value,
    ask: () => void refresh(),
  })

  async function loadMore(): Promise<void> {
    runArchive.loadMore()
    if (query.hasNextPage.value) await query.loadNextPage({ cancelRefetch: false })
  }

  /** What a row is made of; null when the run was deleted meanwhile, rejects when it cannot be read. */
  async function partsOf({ parts, promptId }: HistoryRow): Promise<RowParts | null> {
    if (parts || promptId === null) return parts
    const kept = await runArchive.whole(promptId)
    return kept && { ...kept, events: [] }
  }

  /** Asks again for all pages that are on screen. */
  async function refresh(): Promise<void> {
    if (mayAsk.value) await query.refetch()
  }

  async function refreshIfStale(): Promise<void> {
    if (mayAsk.value) await query.refresh()
  }

  return {
    /** Newest first; null while nothing is known yet. */
    rows,
    /** The code that makes the rows could not be loaded. */
    failed,
    /** Whether the account's own list is in the rows, and not only this page's runs. */
    read: computed(() => pages.value !== null && loaded.value),
    error: query.error,
    fetching: computed(
      () => billing.state === 'loading' || query.isLoading.value || !(loaded.value || failed.value),
    ),
    hasMore: computed(
      () => query.hasNextPage.value || (runArchive.hasMore && !runArchive.summariesRead),
    ),
    /** Of which runs the cost is known only until the page is left: the browser does not keep it. */
    notStored: computed(() => runArchive.notStored),
    loadMore,
    partsOf,
    refresh,
    refreshIfStale,
  }
})

/** What makes the rows is loaded after the panel: it is there before the account has answered. */
function useLazyRows(sources: Sources) {
  const failed = ref(false)
  const made = useLater(
    async () => {
      const { useRows } = await import('./use-rows.ts')
      return () => useRows(sources)
    },
    (error) => {
      failed.value = true
      reportError(error)
    },
  )
  return {
    rows: computed(() => made.value?.value ?? null),
    loaded: computed(() => made.value !== null),
    failed,
  }
}

/** The account's events, page by page. */
function useEvents() {
  const session = useSessionStore()
  const billing = useBillingAccountStore()
  const mayAsk = computed(() => session.wasShown && billing.account !== null)
  const query = useInfiniteQuery({
    key: () => [...billing.key, 'events'],
    enabled: () => mayAsk.value,
    staleTime: STALE_AFTER_MS,
    refetchOnWindowFocus: () => session.shown,
    initialPageParam: FIRST_PAGE,
    query: async ({ pageParam, signal }) => {
      if (billing.account === null) throw new ApiError('cancelled', 'There is no billing account')
      const page = await billing.account.events({ page: pageParam, limit: PAGE_SIZE }, { signal })
      return { ...page, readAt: Date.now() }
    },
    getNextPageParam: (last, _pages, page) => (page < last.totalPages ? page + 1 : null),
  })
  const pages = computed(() => query.data.value?.pages ?? null)
  return { query, mayAsk, pages }
}
