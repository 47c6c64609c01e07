import { computed, ref, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { AccountEvent } from '../account-events/account-event.ts'
import { cleanupSignal } from '../composables/cleanup-signal.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { useRunsStore } from '../runs/store.ts'
import { followSummaries } from './follow-summaries.ts'
import type { RunArchive } from './port.ts'
import { eventOf } from './stored-event.ts'
import type { RunSummary } from './summary.ts'

type Archive = Pick<RunArchive, 'followAll' | 'followReadings' | 'followEvents'>
type Failed = (error: unknown) => void

/**
 * All that is stored of the current billing account, read when somebody wants it. `recent` are the
 * balances that are at hand without it, oldest first.
 */
export function useAllStored(
  { live }: { readonly live: ReturnType<typeof useRunsStore> },
  archive: Archive,
  recent: ComputedRef<readonly Reading[]>,
  failed: Failed,
) {
  const wanted = ref<string | null>(null)
  const accountKey = computed(() => (wanted.value === live.accountKey ? wanted.value : null))
  const older = useOlderReadings(accountKey, archive, recent, failed)
  return {
    /** Newest first; null before they are read. */
    summaries: useSummaries(accountKey, archive, failed),
    /** Oldest first: those at hand, and the older ones once they are read. */
    readings: computed(() => {
      const from = recent.value[0]?.at ?? Infinity
      return [...older.value.filter(({ at }) => at < from), ...recent.value]
    }),
    /** Newest first: those that came from a file. */
    events: useStoredEvents(accountKey, archive, failed),
    begin(): void {
      wanted.value = live.accountKey
    },
  }
}

function useSummaries(
  accountKey: ComputedRef<string | null>,
  archive: Archive,
  failed: Failed,
): ShallowRef<readonly RunSummary[] | null> {
  const summaries = shallowRef<readonly RunSummary[] | null>(null)
  watch(
    accountKey,
    (now, _before, onCleanup) => {
      summaries.value = null
      if (now === null) return
      const signal = cleanupSignal(onCleanup)
      followSummaries(archive, summaries, { accountKey: now, failed, signal })
    },
    // At once: what is here must never be another billing account's.
    { flush: 'sync' },
  )
  return summaries
}

function useOlderReadings(
  accountKey: ComputedRef<string | null>,
  archive: Archive,
  recent: ComputedRef<readonly Reading[]>,
  failed: Failed,
): ShallowRef<readonly Reading[]> {
  const older = shallowRef<readonly Reading[]>([])
  // What is at hand is that of the newest runs: with many new ones its beginning moves on.
  const until = computed((before?: number) => {
    const [first] = recent.value
    return before !== undefined && before >= (first?.at ?? 0) ? before : Date.now()
  })
  watch(
    () => [accountKey.value, until.value] as const,
    ([now, end], before, onCleanup) => {
      if (now !== before?.[0]) older.value = []
      if (now === null) return
      const signal = cleanupSignal(onCleanup)
      const listener = (readings: readonly Reading[]): void => {
        if (!signal.aborted) older.value = readings
      }
      archive.followReadings(now, end, listener, failed, signal)
    },
    { flush: 'sync' },
  )
  return older
}

function useStoredEvents(
  accountKey: ComputedRef<string | null>,
  archive: Archive,
  failed: Failed,
): ShallowRef<readonly AccountEvent[]> {
  const events = shallowRef<readonly AccountEvent[]>([])
  watch(
    accountKey,
    (now, _before, onCleanup) => {
      events.value = []
      if (now === null) return
      const signal = cleanupSignal(onCleanup)
      archive.followEvents(
        now,
        (stored) => {
          if (!signal.aborted) events.value = stored.map(eventOf)
        },
        failed,
        signal,
      )
    },
    { flush: 'sync' },
  )
  return events
}
