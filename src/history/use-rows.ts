import { computed, watch, type ComputedRef, type Ref } from 'vue'
import { memoize } from '../account-events/memoize.ts'
import { useThrottled } from './use-throttled-state.ts'
import { whenIdle } from '../composables/when-idle.ts'
import { readAccountEvent } from '../account-events/account-event.ts'
import { storedRow, withStored } from './row-builders.ts'
import type { HistoryRow } from './row.ts'
import { buildRows, newestFirst } from './rows.ts'
import type { EventsPage } from './event-feed.ts'
import type { ClockBounds } from '../reconciliation/best-offset.ts'
import { browserTimeKeeper } from '../reconciliation/server-clock.ts'
import type { Sources } from './sources.ts'
import { rowsOfStoredEvents } from './stored-events.ts'
import { useExplanation } from './use-explanation.ts'
import { useSightings } from './use-sightings.ts'

/** Rows that came are painted before there are others: account and browser answer at the same time. */
const LEAST_PAUSE_MS = 100

/** So long the rows that are there may take all the time there is. */
const READ_WITHIN_MS = 1000

/** Some times what it takes to make and to order them: the rest is for who reads them. */
const PAUSE_MS_PER_ROW = 0.005

export interface MadeRows {
  /** Newest first; null while nothing is known. */
  readonly rows: ComputedRef<readonly HistoryRow[] | null>
  /** Whether they say all that the account lists by now: they follow it at some distance. */
  readonly areCurrent: ComputedRef<boolean>
  /** How the service's clock stands; null while nothing says it. */
  readonly clockOffset: () => ClockBounds | null
}

/** The rows of the history until the scope is disposed. */
export function useRows(sources: Sources): MadeRows {
  const { runArchive, session, runs } = sources
  let made = 0
  const pauseMs = (): number => (made === 0 ? 0 : Math.max(LEAST_PAUSE_MS, made * PAUSE_MS_PER_ROW))
  const known = useThrottled(() => whatIsKnown(sources), pauseMs)
  const { listed, clockOffset } = useAccountEvents(sources, known)
  const { explanation, isCurrent } = useExplanation(sources, () => listed.value, pauseMs)
  // A balance that was read after the events may show what they do not contain yet.
  watch(
    () => (session.shown && explanation.value?.askUpTo) || null,
    (at) => {
      if (at !== null && listed.value.readAt !== null) sources.ask()
    },
  )
  const recent = computed(() => {
    const { runs: local, refused } = known.value
    if (known.value.pages === null && local.length === 0 && refused.length === 0) return null
    return buildRows({
      ...listed.value,
      runs: session.account === null ? [] : local,
      explanation: explanation.value,
      refused,
    })
  })
  // All that is kept is read when there is something to see: nothing on screen waits for it.
  watch(
    () => session.shown && recent.value !== null && runArchive.archive !== null && runs.accountKey,
    (accountKey, _before, onCleanup) => {
      if (typeof accountKey === 'string') onCleanup(whenIdle(runArchive.readAll, READ_WITHIN_MS))
    },
    { immediate: true },
  )
  const rowOf = memoize(storedRow)
  function withImported(rows: readonly HistoryRow[]): readonly HistoryRow[] {
    const { events, summaries } = runArchive
    const beside = { listed: listed.value.events, rows, summaries }
    const imported = session.account === null ? [] : rowsOfStoredEvents(events, beside)
    return imported.length === 0 ? rows : [...rows, ...imported].toSorted(newestFirst)
  }
  const rows = computed(() => {
    const stored = session.account === null ? [] : runArchive.summaries
    const all = recent.value && withStored(withImported(recent.value), stored, rowOf)
    made = all?.length ?? 0
    return all
  })
  const areCurrent = computed(() => known.value.pages === sources.pages() && isCurrent())
  return { rows, areCurrent, clockOffset }
}

/** What the account says, in the browser's time. */
function useAccountEvents(
  { runArchive, answers }: Sources,
  known: Readonly<Ref<ReturnType<typeof whatIsKnown>>>,
) {
  const eventsOf = memoize((page: EventsPage) => page.events.map(readAccountEvent))
  const pages = computed(() => known.value.pages)
  const hasMore = computed(() => known.value.hasMore)
  const events = computed(() => (pages.value ?? []).flatMap(eventsOf))
  const sightings = useSightings(
    () => pages.value?.[0] ?? null,
    () => known.value.of,
  )
  const inBrowserTime = browserTimeKeeper()
  const listed = computed(() => {
    const readAt = pages.value?.[0]?.readAt ?? null
    const { readings } = runArchive
    return {
      events: inBrowserTime({
        events: events.value,
        runs: known.value.runs,
        readings,
        sightings,
        readAt,
        answers: answers(),
      }),
      hasMore: hasMore.value,
      readAt,
    }
  })
  return { listed, clockOffset: inBrowserTime.offset }
}

/** While a run goes on, and while page after page is loaded, this changes many times a second. */
function whatIsKnown({ session, runArchive, runs, pages, hasMore }: Sources) {
  return {
    // Another billing account's is never shown with this one's.
    of: `${session.account?.id}\n${runs.accountKey}`,
    pages: pages(),
    hasMore: hasMore(),
    runs: runArchive.runs,
    refused: runs.refused,
  }
}
