import { computed, shallowRef, watch } from 'vue'
import { cleanupSignal } from '../composables/cleanup-signal.ts'
import type { useRunsStore } from '../runs/store.ts'
import { followSummaries } from './follow-summaries.ts'
import type { Recent, RunArchive } from './port.ts'
import type { RunSummary } from './summary.ts'

/** What is stored of the newest runs of the current billing account, read when somebody wants it. */
export function useRecentStored(
  { live }: { readonly live: ReturnType<typeof useRunsStore> },
  archive: Pick<RunArchive, 'followAll'>,
  failed: (error: unknown) => void,
) {
  const wanted = shallowRef<{ readonly accountKey: string | null; readonly recent: Recent } | null>(
    null,
  )
  /** Null before they are read; empty where they cannot be: what waits for them goes on. */
  const summaries = shallowRef<readonly RunSummary[] | null>(null)
  const current = computed(() =>
    wanted.value !== null && wanted.value.accountKey === live.accountKey ? wanted.value : null,
  )
  watch(
    current,
    (now, before, onCleanup) => {
      // The same account's stay until more of them are read.
      if (now?.accountKey !== before?.accountKey) summaries.value = null
      if (now === null || now.accountKey === null) return
      const { accountKey, recent } = now
      const signal = cleanupSignal(onCleanup)
      const unread = (error: unknown): void => {
        summaries.value ??= []
        failed(error)
      }
      followSummaries(archive, summaries, { accountKey, recent, failed: unread, signal })
    },
    // At once: what is here must never be another billing account's.
    { flush: 'sync' },
  )
  return {
    summaries,
    /** Those of this page that are older are not asked for. */
    isRecent({ startedAt }: Pick<RunSummary, 'startedAt'>): boolean {
      const oldest = summaries.value?.at(-1)?.startedAt ?? Infinity
      return startedAt >= Math.min(oldest, current.value?.recent.from ?? Infinity)
    },
    /** Begins to read them. What is read already is not read again. */
    begin(recent: Recent): void {
      const { accountKey } = live
      const known = current.value?.recent
      if (known && known.from <= recent.from && known.count >= recent.count) return
      wanted.value = { accountKey, recent: { from: recent.from, count: recent.count } }
    },
  }
}
