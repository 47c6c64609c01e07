import { refThrottled, useEventListener } from '@vueuse/core'
import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type ShallowRef,
} from 'vue'
import type { useBalanceStore } from '../balance/store.ts'
import type { useSessionStore } from '../session/store.ts'
import { whenIdle } from '../composables/when-idle.ts'
import { joinKept, loseSight } from '../runs/merge-runs.ts'
import { isOfInterest, type Run } from '../runs/run.ts'
import type { useRunsStore } from '../runs/store.ts'
import { loseSightOf, withRuns, type RunSummary } from './summary.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import { Batches } from './batches.ts'
import { DatabaseRunArchive } from './database.ts'
import { useAllStored } from './all-stored.ts'
import {
  nothingStored,
  type Archive,
  type JudgedRun,
  type StoredRuns,
  type RunArchive,
} from './port.ts'

const RUNS_AT_ONCE = 300
/** About a screen: more would be read, and drawn, before anything is seen. */
const RUNS_AT_FIRST = 20
/** When the page is busy: else as soon as the first have been drawn. */
const FOLLOWED_WITHIN_MS = 500
/** The others are read from what is kept. */
const READINGS_OF_PAGE = 1000
/** A list of all runs is made anew no more often than they are written. */
const SETTLED_WITHIN_MS = 400

export interface Stores {
  readonly live: ReturnType<typeof useRunsStore>
  readonly balance: ReturnType<typeof useBalanceStore>
  readonly session: ReturnType<typeof useSessionStore>
}

export interface RunStorage {
  /** Newest first. */
  readonly runs: ComputedRef<readonly Run[]>
  /** What was said of them on earlier pages and in other tabs. */
  readonly verdicts: ComputedRef<ReadonlyMap<string, Verdict>>
  /** The balances of the same billing account, oldest first. */
  readonly readings: ComputedRef<readonly Reading[]>
  /** All of them once `readAll` has read them. */
  readonly allReadings: ComputedRef<readonly Reading[]>
  readonly hasMore: ComputedRef<boolean>
  readonly loadMore: () => void
  readonly storeVerdict: (accountKey: string, verdict: Verdict) => void
  readonly summaries: ComputedRef<readonly RunSummary[]>
  readonly summariesRead: ComputedRef<boolean>
  readonly readAll: () => void
  readonly whole: (promptId: string) => Promise<JudgedRun | null>
  readonly archive: Archive
}

export interface Told {
  /** The browser does not let us read. */
  readonly failed: () => void
  /** Whether it let us write, each time we have. */
  readonly written: (all: boolean) => void
}

/** Writes what this page sees, and reads what was kept, until the scope is disposed. */
export function useRunStorage(stores: Stores, { failed, written }: Told): RunStorage {
  const runArchive = new DatabaseRunArchive()
  const batches = new Batches(runArchive, written)
  writeAll(stores, batches)
  const seen = readingsOfPage(stores)
  const kept = useNewestStored(stores, runArchive, failed)
  onScopeDispose(() => {
    batches
      .flush()
      .then(() => runArchive.close())
      .catch(failed)
  })
  const { live } = stores
  const runs = computed(() => joinKept(live.runs, loseSight(kept.now.runs, live.idleAt)))
  const verdicts = computed(() => kept.now.verdicts)
  const readings = computed(() => {
    const byTime = new Map([...kept.now.readings, ...seen.value].map((one) => [one.at, one]))
    return [...byTime.values()].toSorted((a, b) => a.at - b.at)
  })
  const all = useAllStored(stores, runArchive, readings, failed)
  const settled = useSettled(stores, runs)
  return {
    runs,
    verdicts,
    readings,
    allReadings: all.readings,
    hasMore: computed(() => kept.now.more),
    loadMore: kept.loadMore,
    storeVerdict: (accountKey, verdict) => batches.addVerdict(accountKey, verdict),
    summaries: computed(() =>
      withRuns(loseSightOf(all.summaries.value ?? [], live.idleAt), settled.value, verdicts.value),
    ),
    summariesRead: computed(() => all.summaries.value !== null),
    readAll: all.begin,
    async whole(promptId) {
      const run = runs.value.find((each) => each.promptId === promptId)
      if (run) return { run, verdict: verdicts.value.get(promptId) ?? null }
      const judged = live.place === null ? null : await runArchive.read(live.place, promptId)
      const [settledRun] = judged ? loseSight([judged.run], live.idleAt) : []
      return judged && settledRun ? { ...judged, run: settledRun } : null
    },
    archive: runArchive,
  }
}

/**
 * The balances that this page has read of the current billing account; also where the browser keeps
 * none.
 */
function readingsOfPage({ live, balance }: Stores): ShallowRef<readonly Reading[]> {
  const seen = shallowRef<readonly Reading[]>([])
  watch(
    () => [live.place, balance.reading] as const,
    ([accountKey, reading], before) => {
      const known = before?.[0] === accountKey ? seen.value : []
      const isNew = reading?.accountKey === accountKey
      const { at, usdMicros } = reading ?? { at: 0, usdMicros: 0 }
      seen.value = isNew ? [...known, { at, usdMicros }].slice(-READINGS_OF_PAGE) : known
    },
    { flush: 'sync', immediate: true },
  )
  return seen
}

/** Every run and every balance of this page, each under the billing account that it is of. */
function writeAll({ live, balance, session }: Stores, batches: Batches): void {
  const written = new WeakSet<Run>()
  watch(
    () => [live.all, live.place] as const,
    ([runs, now], before) => {
      const hasBegun = ({ promptId }: Run): boolean =>
        before?.[0].some((run) => run.promptId === promptId && isOfInterest(run)) === true
      for (const run of runs) {
        // Not known when it was queued: the first that is known after that, of the same login.
        const accountKey = run.purse ?? now
        if (accountKey === null || written.has(run) || !isOfInterest(run)) continue
        written.add(run)
        batches.addRun(accountKey, run)
        // Begin and end are written at once: a page that goes may not have the time any more.
        if (run.endedAt !== null || !hasBegun(run)) void batches.flush()
      }
    },
    { flush: 'sync', immediate: true },
  )
  watch(
    () => balance.reading,
    (reading) => {
      if (reading) batches.addReading(reading.accountKey, reading)
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

/**
 * What is kept of the current billing account; read from when the panel is first shown until the
 * logout.
 */
function useNewestStored({ live, session }: Stores, runArchive: RunArchive, failed: () => void) {
  const kept = shallowRef(nothingStored)
  const limit = ref(RUNS_AT_ONCE)

  function follow(accountKey: string, count: number, signal: AbortSignal): void {
    const listener = (now: StoredRuns): void => {
      if (!signal.aborted) kept.value = now
    }
    runArchive.follow(accountKey, count, listener, failed, signal)
  }

  /** The first of them without the wait that Dexie puts before whatever is followed. */
  async function begin(accountKey: string, count: number, signal: AbortSignal): Promise<void> {
    const newest = await runArchive.newest(accountKey, RUNS_AT_FIRST)
    if (signal.aborted) return
    kept.value = newest
    whenIdle(() => follow(accountKey, count, signal), FOLLOWED_WITHIN_MS)
  }

  watch(
    () => live.place,
    () => {
      kept.value = nothingStored
      limit.value = RUNS_AT_ONCE
    },
    { flush: 'sync' },
  )
  watch(
    () => [session.wasShown ? live.place : null, limit.value] as const,
    ([accountKey, count], before, onCleanup) => {
      if (accountKey === null) return
      const following = new AbortController()
      onCleanup(() => following.abort())
      if (accountKey === before?.[0]) follow(accountKey, count, following.signal)
      else begin(accountKey, count, following.signal).catch(failed)
    },
    // At once: what is here must never be another billing account's.
    { flush: 'sync', immediate: true },
  )
  return {
    get now() {
      return kept.value
    },
    loadMore(): void {
      if (kept.value.more) limit.value += RUNS_AT_ONCE
    },
  }
}

/**
 * The runs of the current billing account some moments later: a run changes with each of its
 * events.
 */
function useSettled({ live }: Stores, runs: ComputedRef<readonly Run[]>) {
  const seen = computed(() => ({ place: live.place, runs: runs.value }))
  const later = refThrottled(seen, SETTLED_WITHIN_MS)
  return computed(() => (later.value.place === live.place ? later.value.runs : []))
}
