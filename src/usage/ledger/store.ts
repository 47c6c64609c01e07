import { useEventListener } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useBalanceStore } from '../../balance/store.ts'
import { useSessionStore } from '../../session.ts'
import { isOfInterest, type Run } from '../run.ts'
import { useRunsStore } from '../runs.ts'
import { Batches } from './batches.ts'
import { nothingKept, type Kept, type Ledger } from './port.ts'

const RUNS_AT_ONCE = 300

/**
 * Runs of the purse that pays: those of this page, and what this browser has kept of earlier pages
 * and other tabs. Where the browser keeps nothing, it goes on with those of this page.
 */
export const useLedgerStore = defineStore('ledger', () => {
  const live = useRunsStore()
  const forgetful = ref(false)
  const failed = (): void => {
    forgetful.value = true
  }
  let opened: Promise<Ledger> | null = null
  const ledger = (): Promise<Ledger> => {
    opened ??= import('./database.ts').then(({ DatabaseLedger }) => new DatabaseLedger())
    return opened
  }
  const batches = new Batches(ledger, failed)

  writeAll(batches)
  const kept = useKept(ledger, failed)
  onScopeDispose(() => {
    batches
      .flush()
      .then(() => opened)
      .then((it) => it?.close())
      .catch(failed)
  })

  const runs = computed(() => kept.ledger?.join(live.runs, kept.now.runs, live.idleAt) ?? live.runs)

  return {
    /** Newest first. */
    runs,
    hasMore: computed(() => kept.now.more),
    loadMore: kept.loadMore,
    /** The browser does not let us keep anything. */
    forgetful,
  }
})

/** Every run and every balance of this page, each under the purse that it is of. */
function writeAll(batches: Batches): void {
  const live = useRunsStore()
  const balance = useBalanceStore()
  const session = useSessionStore()
  const written = new WeakSet<Run>()
  watch(
    () => [live.all, live.place] as const,
    ([runs, now]) => {
      for (const run of runs) {
        // Not known when it was queued: the first that is known after that, of the same login.
        const place = run.purse ?? now
        if (place === null || written.has(run) || !isOfInterest(run)) continue
        written.add(run)
        batches.addRun(place, run)
        // An end is written at once: a page that goes may not have the time any more.
        if (run.endedAt !== null) void batches.flush()
      }
    },
    { flush: 'sync', immediate: true },
  )
  watch(
    () => balance.reading,
    (reading) => {
      if (reading) batches.addReading(reading.place, reading)
    },
    { flush: 'sync', immediate: true },
  )
  watch(
    () => session.account?.id,
    () => void batches.flush(),
    { flush: 'sync' },
  )
  useEventListener(window, 'pagehide', () => void batches.flush())
}

/** What is kept of the purse of now; read from when the panel is first shown until the logout. */
function useKept(ledger: () => Promise<Ledger>, failed: () => void) {
  const live = useRunsStore()
  const session = useSessionStore()
  const kept = shallowRef(nothingKept)
  const opened = shallowRef<Ledger | null>(null)
  const limit = ref(RUNS_AT_ONCE)
  const wanted = ref(false)
  watch(
    () => session.shown,
    (shown) => {
      if (shown) wanted.value = true
    },
    { immediate: true },
  )
  watch(
    () => live.place,
    () => {
      kept.value = nothingKept
      limit.value = RUNS_AT_ONCE
    },
    { flush: 'sync' },
  )
  watch(
    () => [wanted.value ? live.place : null, limit.value] as const,
    ([place, count], _before, onCleanup) => {
      if (place === null) return
      const following = new AbortController()
      onCleanup(() => following.abort())
      const listener = (now: Kept): void => {
        if (!following.signal.aborted) kept.value = now
      }
      const begin = async (): Promise<void> => {
        opened.value = await ledger()
        opened.value.follow(place, count, listener, failed, following.signal)
      }
      begin().catch(failed)
    },
    // At once: what is here must never be another purse's.
    { flush: 'sync', immediate: true },
  )
  return {
    get now() {
      return kept.value
    },
    /** Null until there was something to read. */
    get ledger() {
      return opened.value
    },
    loadMore(): void {
      if (kept.value.more) limit.value += RUNS_AT_ONCE
    },
  }
}
