import { computed, watch, type ComputedRef } from 'vue'
import type { EventsPageBody } from '../../contract/schemas.ts'
import type { useSessionStore } from '../session.ts'
import type { useLedgerStore } from '../usage/ledger/store.ts'
import type { useRunsStore } from '../usage/runs.ts'
import type { RunSummary } from '../usage/summary.ts'
import { readAccountEvent } from './events.ts'
import { keptRow, withKept } from './kept-rows.ts'
import type { HistoryRow } from './row.ts'
import { buildRows } from './rows.ts'
import { useExplanation } from './use-explanation.ts'

export interface Sources {
  readonly session: ReturnType<typeof useSessionStore>
  readonly ledger: ReturnType<typeof useLedgerStore>
  readonly runs: ReturnType<typeof useRunsStore>
  /** What the account has told, newest page first; null before that. */
  readonly pages: () => readonly (EventsPageBody & { readonly readAt: number })[] | null
  readonly hasMore: () => boolean
  /** Asks the account anew. */
  readonly ask: () => void
}

/** The rows of the history, newest first, until the scope is disposed; null while nothing is known. */
export function useRows(sources: Sources): ComputedRef<readonly HistoryRow[] | null> {
  const { ledger, session, runs, pages, hasMore } = sources
  const told = computed(() => ({
    events: (pages() ?? []).flatMap((page) => page.events).map(readAccountEvent),
    hasMore: hasMore(),
    readAt: pages()?.[0]?.readAt ?? null,
  }))
  const explanation = useExplanation(sources, () => told.value)
  // A balance that was answered after the events may show what they do not tell yet.
  watch(
    () => (session.shown && explanation.value?.askUpTo) || null,
    (at) => {
      if (at !== null && told.value.readAt !== null) sources.ask()
    },
  )
  const recent = computed(() =>
    pages() === null && ledger.runs.length === 0 && runs.refused.length === 0
      ? null
      : buildRows({
          ...told.value,
          runs: session.account === null ? [] : ledger.runs,
          explanation: explanation.value,
          refused: runs.refused,
        }),
  )
  // All that is kept is read when there is something to see: nothing on screen waits for it.
  watch(
    () => session.shown && recent.value !== null && ledger.archive !== null && runs.place,
    (place) => {
      if (typeof place === 'string') ledger.readAll()
    },
    { flush: 'post', immediate: true },
  )
  const rowOf = rememberedRows()
  return computed(
    () =>
      recent.value &&
      withKept(recent.value, session.account === null ? [] : ledger.summaries, rowOf),
  )
}

/** A summary has the same row each time: what has not changed is not drawn anew. */
function rememberedRows(): (summary: RunSummary) => HistoryRow {
  const rows = new WeakMap<RunSummary, HistoryRow>()
  return (summary) => {
    const row = rows.get(summary) ?? keptRow(summary)
    rows.set(summary, row)
    return row
  }
}
