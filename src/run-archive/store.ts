import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { AccountEvent } from '../account-events/account-event.ts'
import { useBalanceStore } from '../balance/store.ts'
import { useSessionStore } from '../session/store.ts'
import { useLazyScope } from '../composables/use-lazy-scope.ts'
import { useRunsStore } from '../runs/store.ts'
import type { RunSummary } from './summary.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import type { Archive, JudgedRun, Recent, RunArchive } from './port.ts'

/**
 * Runs of the billing account that pays: those of this page, and those that this browser has stored
 * of earlier pages and other tabs. Where the browser stores nothing, it goes on with those of this
 * page. The code that stores them is loaded after the panel: nothing on screen waits for it.
 */
export const useRunArchiveStore = defineStore('run-archive', () => {
  const stores = { live: useRunsStore(), balance: useBalanceStore(), session: useSessionStore() }
  const unread = ref<'all' | 'newer' | null>(null)
  const unwritten = ref(false)
  const failed = (error: unknown): void => {
    unread.value = isOfNewerVersion(error) ? 'newer' : 'all'
  }
  const written = (all: boolean): void => {
    unwritten.value = !all
  }
  const storage = useLazyScope(async () => {
    const { useRunStorage } = await import('./run-storage.ts')
    return () => useRunStorage(stores, { failed, written })
  }, failed)

  return {
    /** Newest first. */
    runs: computed(() => storage.value?.runs.value ?? stores.live.runs),
    /** Their verdicts of earlier pages and other tabs, by prompt_id. */
    verdicts: computed(() => storage.value?.verdicts.value ?? new Map()),
    /** The balances of the same billing account as far as they are known, oldest first. */
    readings: computed(() => storage.value?.readings.value ?? []),
    /** All that are stored, once `readAll` has read them. */
    allReadings: computed(() => storage.value?.allReadings.value ?? []),
    /** Events of the account that came from a file, newest first; none before `readAll`. */
    events: computed((): readonly AccountEvent[] => storage.value?.events.value ?? []),
    storeVerdict: (accountKey: string, verdict: Verdict): void =>
      storage.value?.storeVerdict(accountKey, verdict),
    hasMore: computed(() => storage.value?.hasMore.value ?? false),
    loadMore: (): void => storage.value?.loadMore(),
    /** Of every stored run and those of this page, newest first; of the latter alone before `readAll`. */
    summaries: computed((): readonly RunSummary[] => storage.value?.summaries.value ?? []),
    summariesRead: computed(() => storage.value?.summariesRead.value ?? false),
    /**
     * Begins to read the summaries of the current billing account; after a change of billing
     * account it is asked again.
     */
    readAll: (): void => storage.value?.readAll(),
    /** Of the newest stored runs and those of this page, newest first. */
    recent: computed((): readonly RunSummary[] => storage.value?.recent.value ?? []),
    recentRead: computed(() => storage.value?.recentRead.value ?? false),
    /** As `readAll`, of the newest alone: limits need no more. */
    readRecent: (recent: Recent): void => storage.value?.readRecent(recent),
    /** A run of `summaries` with its calls; null when it was deleted meanwhile. */
    whole: async (promptId: string): Promise<JudgedRun | null> =>
      (await storage.value?.whole(promptId)) ?? null,
    /** What calls with some settings have cost; null until it is loaded. */
    followCosts: computed((): RunArchive['followCosts'] | null =>
      unread.value === null ? (storage.value?.followCosts ?? null) : null,
    ),
    /** Null until it is loaded. */
    archive: computed((): Archive | null => storage.value?.archive ?? null),
    /**
     * Which runs are listed only until the page is left, or null. `all`: the browser lets us read
     * nothing either. `newer`: a newer version of the extension has stored them in its own way.
     */
    notStored: computed(() => unread.value ?? (unwritten.value ? 'new' : null)),
  }
})

/** Dexie wraps what the browser says. */
function isOfNewerVersion(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const inner: unknown = 'inner' in error ? error.inner : null
  return error.name === 'VersionError' || isOfNewerVersion(inner)
}
