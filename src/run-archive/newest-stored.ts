import { ref, shallowRef, watch } from 'vue'
import { cleanupSignal } from '../composables/cleanup-signal.ts'
import { whenIdle } from '../composables/when-idle.ts'
import { nothingStored, type RunArchive, type StoredRuns } from './port.ts'
import type { Stores } from './write-page.ts'

const RUNS_AT_ONCE = 300
/** About a screen: more would be read, and drawn, before anything is seen. */
const RUNS_AT_FIRST = 20
/** When the page is busy: else as soon as the first have been drawn. */
const FOLLOWED_WITHIN_MS = 500

/**
 * What is stored of the current billing account; read from when the panel is first shown until the
 * logout.
 */
export function useNewestStored(
  { live, session }: Pick<Stores, 'live' | 'session'>,
  runArchive: RunArchive,
  failed: (error: unknown) => void,
) {
  const stored = shallowRef(nothingStored)
  const limit = ref(RUNS_AT_ONCE)

  function follow(accountKey: string, count: number, signal: AbortSignal): void {
    const listener = (now: StoredRuns): void => {
      if (!signal.aborted) stored.value = now
    }
    runArchive.follow(accountKey, count, listener, failed, signal)
  }

  /** The first of them without the wait that Dexie puts before whatever is followed. */
  async function begin(accountKey: string, count: number, signal: AbortSignal): Promise<void> {
    const newest = await runArchive.newest(accountKey, RUNS_AT_FIRST)
    if (signal.aborted) return
    stored.value = newest
    whenIdle(() => follow(accountKey, count, signal), FOLLOWED_WITHIN_MS)
  }

  watch(
    () => live.accountKey,
    () => {
      stored.value = nothingStored
      limit.value = RUNS_AT_ONCE
    },
    { flush: 'sync' },
  )
  watch(
    () => [session.wasShown ? live.accountKey : null, limit.value] as const,
    ([accountKey, count], before, onCleanup) => {
      if (accountKey === null) return
      const signal = cleanupSignal(onCleanup)
      if (accountKey === before?.[0]) follow(accountKey, count, signal)
      else begin(accountKey, count, signal).catch(failed)
    },
    // At once: what is here must never be another billing account's.
    { flush: 'sync', immediate: true },
  )
  return {
    get now() {
      return stored.value
    },
    loadMore(): void {
      if (stored.value.more) limit.value += RUNS_AT_ONCE
    },
  }
}
