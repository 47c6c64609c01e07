import { computed, watch, type ComputedRef } from 'vue'
import { memoize } from '../account-events/memoize.ts'
import { usePaced } from './use-throttled-state.ts'
import { whenIdle } from '../composables/when-idle.ts'
import { readAccountEvent } from '../account-events/account-event.ts'
import { keptRow, withKept } from './kept-rows.ts'
import type { HistoryRow } from './row.ts'
import { buildRows, newestFirst } from './rows.ts'
import type { EventsPage, Sources } from './sources.ts'
import { rowsOfStoredEvents } from './stored-events.ts'
import { useExplanation } from './use-explanation.ts'

/** Rows that came are painted before there are others: account and browser answer at the same time. */
const LEAST_PAUSE_MS = 100

/** So long the rows that are there may take all the time there is. */
const READ_WITHIN_MS = 1000

/** Some times what it takes to make and to order them: the rest is for whoever reads them. */
const PAUSE_MS_PER_ROW = 0.005

/** The rows of the history, newest first, until the scope is disposed; null while nothing is known. */
export function useRows(sources: Sources): ComputedRef<readonly HistoryRow[] | null> {
  const { runArchive, session, runs } = sources
  let made = 0
  const pauseMs = (): number => (made === 0 ? 0 : Math.max(LEAST_PAUSE_MS, made * PAUSE_MS_PER_ROW))
  const known = usePaced(() => whatIsKnown(sources), pauseMs)
  const eventsOf = memoize((page: EventsPage) => page.events.map(readAccountEvent))
  const pages = computed(() => known.value.pages)
  const hasMore = computed(() => known.value.hasMore)
  const told = computed(() => ({
    events: (pages.value ?? []).flatMap(eventsOf),
    hasMore: hasMore.value,
    readAt: pages.value?.[0]?.readAt ?? null,
  }))
  const explanation = useExplanation(sources, () => told.value, pauseMs)
  // A balance that was answered after the events may show what they do not tell yet.
  watch(
    () => (session.shown && explanation.value?.askUpTo) || null,
    (at) => {
      if (at !== null && told.value.readAt !== null) sources.ask()
    },
  )
  const recent = computed(() => {
    const { runs: local, refused } = known.value
    if (pages.value === null && local.length === 0 && refused.length === 0) return null
    return buildRows({
      ...told.value,
      runs: session.account === null ? [] : local,
      explanation: explanation.value,
      refused,
    })
  })
  // All that is kept is read when there is something to see: nothing on screen waits for it.
  watch(
    () => session.shown && recent.value !== null && runArchive.archive !== null && runs.place,
    (place, _before, onCleanup) => {
      if (typeof place === 'string') onCleanup(whenIdle(runArchive.readAll, READ_WITHIN_MS))
    },
    { immediate: true },
  )
  const rowOf = memoize(keptRow)
  function withImported(rows: readonly HistoryRow[]): readonly HistoryRow[] {
    const { events, summaries } = runArchive
    const beside = { listed: told.value.events, rows, summaries }
    const imported = session.account === null ? [] : rowsOfStoredEvents(events, beside)
    return imported.length === 0 ? rows : [...rows, ...imported].toSorted(newestFirst)
  }
  return computed(() => {
    const kept = session.account === null ? [] : runArchive.summaries
    const rows = recent.value && withKept(withImported(recent.value), kept, rowOf)
    made = rows?.length ?? 0
    return rows
  })
}

/** While a run goes on, and while page after page is loaded, this changes many times a second. */
function whatIsKnown({ session, runArchive, runs, pages, hasMore }: Sources) {
  return {
    // Another billing account's is never shown with this one's.
    of: `${session.account?.id}\n${runs.place}`,
    pages: pages(),
    hasMore: hasMore(),
    runs: runArchive.runs,
    refused: runs.refused,
  }
}
