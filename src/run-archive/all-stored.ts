import { computed, ref, shallowRef, watch, type ComputedRef } from 'vue'
import type { useRunsStore } from '../runs/store.ts'
import type { RunSummary } from './summary.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { RunArchive } from './port.ts'

/**
 * All that is kept of the current billing account, read when somebody wants it. `recent` are the
 * balances that are at hand without it, oldest first.
 */
export function useAllStored(
  { live }: { readonly live: ReturnType<typeof useRunsStore> },
  runArchive: Pick<RunArchive, 'followAll' | 'followReadings'>,
  recent: ComputedRef<readonly Reading[]>,
  failed: () => void,
) {
  const wanted = ref<string | null>(null)
  const place = computed(() => (wanted.value === live.place ? wanted.value : null))
  const summaries = shallowRef<readonly RunSummary[] | null>(null)
  const older = shallowRef<readonly Reading[]>([])
  // What is at hand is that of the newest runs: with many new ones its beginning moves on.
  const until = computed((before?: number) => {
    const [first] = recent.value
    return before !== undefined && before >= (first?.at ?? 0) ? before : Date.now()
  })

  watch(
    place,
    (now, _before, onCleanup) => {
      summaries.value = null
      if (now === null) return
      const following = new AbortController()
      onCleanup(() => following.abort())
      const unread = (): void => {
        summaries.value ??= []
        failed()
      }
      const told = (all: readonly RunSummary[]): void => {
        if (!following.signal.aborted) summaries.value = all
      }
      runArchive.followAll(now, told, unread, following.signal)
    },
    // At once: what is here must never be another billing account's.
    { flush: 'sync' },
  )
  watch(
    () => [place.value, until.value] as const,
    ([now, end], before, onCleanup) => {
      if (now !== before?.[0]) older.value = []
      if (now === null) return
      const following = new AbortController()
      onCleanup(() => following.abort())
      const told = (readings: readonly Reading[]): void => {
        if (!following.signal.aborted) older.value = readings
      }
      runArchive.followReadings(now, end, told, failed, following.signal)
    },
    { flush: 'sync' },
  )
  return {
    /** Newest first; null before they are read. */
    summaries,
    /** Oldest first: those at hand, and the older ones once they are read. */
    readings: computed(() => {
      const from = recent.value[0]?.at ?? Infinity
      return [...older.value.filter(({ at }) => at < from), ...recent.value]
    }),
    begin(): void {
      wanted.value = live.place
    },
  }
}
