import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useSessionStore } from '../session/store.ts'
import { useLater } from '../composables/use-lazy-scope.ts'
import { useRunsStore } from '../runs/store.ts'
import type { RunSummary } from './summary.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import type { Archive, JudgedRun } from './port.ts'

/**
 * Runs of the billing account that pays: those of this page, and what this browser has kept of
 * earlier pages and other tabs. Where the browser keeps nothing, it goes on with those of this
 * page. What keeps them is loaded after the panel: nothing on screen waits for it.
 */
export const useRunArchiveStore = defineStore('run-archive', () => {
  const stores = { live: useRunsStore(), balance: useBalanceStore(), session: useSessionStore() }
  const unread = ref(false)
  const unwritten = ref(false)
  const failed = (): void => {
    unread.value = true
  }
  const written = (all: boolean): void => {
    unwritten.value = !all
  }
  const kept = useLater(async () => {
    const { useRunStorage } = await import('./run-storage.ts')
    return () => useRunStorage(stores, { failed, written })
  }, failed)

  return {
    /** Newest first. */
    runs: computed(() => kept.value?.runs.value ?? stores.live.runs),
    /** What was said of them on earlier pages and in other tabs, by prompt_id. */
    verdicts: computed(() => kept.value?.verdicts.value ?? new Map()),
    /** The balances of the same billing account as far as they are known, oldest first. */
    readings: computed(() => kept.value?.readings.value ?? []),
    /** All that are kept, once `readAll` has read them. */
    allReadings: computed(() => kept.value?.allReadings.value ?? []),
    storeVerdict: (accountKey: string, verdict: Verdict): void =>
      kept.value?.storeVerdict(accountKey, verdict),
    hasMore: computed(() => kept.value?.hasMore.value ?? false),
    loadMore: (): void => kept.value?.loadMore(),
    /** Of every kept run and those of this page, newest first; of the latter alone before `readAll`. */
    summaries: computed((): readonly RunSummary[] => kept.value?.summaries.value ?? []),
    summariesRead: computed(() => kept.value?.summariesRead.value ?? false),
    /**
     * Begins to read the summaries of the current billing account; after a change of billing
     * account it is asked again.
     */
    readAll: (): void => kept.value?.readAll(),
    /** A run of `summaries` with its calls; null when it was deleted meanwhile. */
    whole: async (promptId: string): Promise<JudgedRun | null> =>
      (await kept.value?.whole(promptId)) ?? null,
    /** Null until it is loaded. */
    archive: computed((): Archive | null => kept.value?.archive ?? null),
    /** Runs that the browser does not let us keep: of earlier pages too, or those of now; or null. */
    notStored: computed(() => {
      if (unread.value) return 'all'
      return unwritten.value ? 'new' : null
    }),
  }
})
