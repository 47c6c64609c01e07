import { until } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, watch, type Ref } from 'vue'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useSessionStore } from '../session/store.ts'
import { useLazyScope } from '../composables/use-lazy-scope.ts'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { useRunsStore } from '../runs/store.ts'
import { memoize } from '../account-events/memoize.ts'
import { knownSince, type EventsPage } from './event-feed.ts'
import type { HistoryRow, RowParts } from './row.ts'
import type { Sources } from './sources.ts'
import { useEventFeed } from './use-event-feed.ts'

/** Rows follow what was loaded within a second or two. */
const ROWS_WITHIN_MS = 30_000

/** Runs of this browser that are not in the rows: they are still being read, or could not be. */
export type OlderRuns = 'reading' | 'unread'

/** How far loading has come, in events. */
export interface Loading {
  readonly signal: AbortSignal
  readonly progress: (loaded: number, total: number) => void
}

/** What happened on the account, joined with the runs of this browser. Asked for only once shown. */
export const useHistoryStore = defineStore('history', () => {
  const session = useSessionStore()
  const billing = useBillingAccountStore()
  const runArchive = useRunArchiveStore()
  const events = useEventFeed()
  const { feed, query, older } = events
  const pages = computed(() => feed.value?.pages ?? null)
  const olderRuns = computed(() => olderRunsOf(runArchive))
  const { rows, areCurrent, failed, loaded, clockOffset } = useLazyRows({
    session,
    runArchive,
    runs: useRunsStore(),
    pages: () => pages.value,
    hasMore: () => feed.value?.complete === false,
    answers: billing.serverTimes,
    ask: () => void events.refresh(),
  })

  async function loadMore(): Promise<void> {
    runArchive.loadMore()
    await older.loadMore()
  }

  /** What a row is made of; null when the run was deleted meanwhile, rejects when it cannot be read. */
  async function partsOf({ parts, promptId }: HistoryRow): Promise<RowParts | null> {
    if (parts || promptId === null) return parts
    const kept = await runArchive.whole(promptId)
    return kept && { ...kept, events: [] }
  }

  return {
    /** Newest first; null while nothing is known yet. */
    rows,
    /** The code that makes the rows could not be loaded. */
    failed,
    /** Whether the account's own list is in the rows, and not only this page's runs. */
    read: computed(() => pages.value !== null && loaded.value),
    /** Those of the account that are loaded and take something back, newest first. */
    reversals: computed(() => pages.value?.flatMap(reversalsOf) ?? []),
    error: events.error,
    fetching: computed(
      () =>
        [billing.state === 'loading', query.isLoading.value, older.loading.value].includes(true) ||
        !(loaded.value || failed.value),
    ),
    hasMore: computed(() => feed.value?.complete === false || olderRuns.value !== null),
    /** How many of the account's events are loaded, and of how many; null where it is all. */
    part: events.part,
    olderRuns,
    /** From when on all is in the rows, epoch milliseconds; -Infinity: all there is. */
    knownSince: computed(() =>
      Math.max(
        knownSince(feed.value),
        olderRuns.value === null ? -Infinity : (runArchive.runs.at(-1)?.startedAt ?? -Infinity),
      ),
    ),
    /** Until when the service wants no request, epoch milliseconds; null while it takes some. */
    waitsUntil: events.waitsUntil,
    /** Load one older page after the other, and stop doing so. */
    loadAll: older.startAll,
    stopLoading: older.stopAll,
    loadsAll: older.loadsAll,
    loadEverything: useLoadEverything(events, areCurrent),
    tryAgain: events.tryAgain,
    /** Of which runs the cost is known only until the page is left: the browser does not keep it. */
    notStored: computed(() => runArchive.notStored),
    loadMore,
    partsOf,
    /** How the service's clock stands, by what the history knows; null while nothing says it. */
    clockOffset,
    refresh: events.refresh,
    refreshIfStale: events.refreshIfStale,
  }
})

/** By their names, without reading them: there may be a hundred thousand others. */
const reversalsOf = memoize(({ events }: EventsPage) =>
  events.filter(({ event_type: type }) => type === 'credit_refunded' || type === 'credit_disputed'),
)

/**
 * Loads all that there is, until the rows are made of it. Rejects with what went wrong, or when the
 * signal aborts; what was loaded by then stays.
 */
function useLoadEverything(
  { feed, query, older, mayAsk }: ReturnType<typeof useEventFeed>,
  areCurrent: Readonly<Ref<boolean>>,
) {
  const runArchive = useRunArchiveStore()

  return async ({ signal, progress }: Loading): Promise<void> => {
    if (!mayAsk.value) return
    if (feed.value === null) await query.refetch()
    if (feed.value === null) throw query.error.value ?? new Error('The account has not answered')
    const stop = watch(feed, (now) => now && progress(now.loaded, now.total), { immediate: true })
    await older.loadAll(signal).finally(stop)
    if (olderRunsOf(runArchive) !== null) runArchive.readAll()
    const isDone = (): boolean => areCurrent.value && olderRunsOf(runArchive) !== 'reading'
    await until(isDone).toBe(true, { timeout: ROWS_WITHIN_MS, throwOnTimeout: true })
    signal.throwIfAborted()
    if (olderRunsOf(runArchive) !== null) throw new Error('The browser does not give all runs')
  }
}

function olderRunsOf(
  runArchive: Pick<
    ReturnType<typeof useRunArchiveStore>,
    'hasMore' | 'summariesRead' | 'notStored'
  >,
): OlderRuns | null {
  if (!runArchive.hasMore || runArchive.summariesRead) return null
  return runArchive.notStored === 'all' || runArchive.notStored === 'newer' ? 'unread' : 'reading'
}

/** What makes the rows is loaded after the panel: it is there before the account has answered. */
function useLazyRows(sources: Sources) {
  const failed = ref(false)
  const made = useLazyScope(
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
    rows: computed(() => made.value?.rows.value ?? null),
    areCurrent: computed(() => made.value?.areCurrent.value ?? failed.value),
    loaded: computed(() => made.value !== null),
    clockOffset: () => made.value?.clockOffset() ?? null,
    failed,
  }
}
