import { refThrottled } from '@vueuse/core'
import { computed, onScopeDispose, type ComputedRef } from 'vue'
import type { AccountEvent } from '../account-events/account-event.ts'
import { joinStored, loseSight } from '../runs/merge-runs.ts'
import type { Run } from '../runs/run.ts'
import { loseSightOf, withRuns, type RunSummary } from './summary.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import { Batches } from './batches.ts'
import { DatabaseRunArchive } from './database.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { useAllStored } from './all-stored.ts'
import { useNewestStored } from './newest-stored.ts'
import type { Archive, JudgedRun, Recent, RunArchive } from './port.ts'
import { useRecentStored } from './recent-stored.ts'
import { limitsOf, readRetention } from './retention.ts'
import { useRetentionTime } from './use-retention-time.ts'
import { useReadingsOfPage, writePage, type Stores } from './write-page.ts'

/** A list of all runs is made again no more often than they are written. */
const SETTLED_WITHIN_MS = 400

export interface RunStorage {
  /** Newest first. */
  readonly runs: ComputedRef<readonly Run[]>
  /** Their verdicts of earlier pages and other tabs, by prompt_id. */
  readonly verdicts: ComputedRef<ReadonlyMap<string, Verdict>>
  /** The balances of the same billing account, oldest first. */
  readonly readings: ComputedRef<readonly Reading[]>
  /** All of them once `readAll` has read them. */
  readonly allReadings: ComputedRef<readonly Reading[]>
  /** Events of the account that came from a file, newest first; none before `readAll`. */
  readonly events: ComputedRef<readonly AccountEvent[]>
  readonly hasMore: ComputedRef<boolean>
  readonly loadMore: () => void
  readonly storeVerdict: (accountKey: string, verdict: Verdict) => void
  readonly summaries: ComputedRef<readonly RunSummary[]>
  readonly summariesRead: ComputedRef<boolean>
  readonly readAll: () => void
  readonly recent: ComputedRef<readonly RunSummary[]>
  readonly recentRead: ComputedRef<boolean>
  readonly readRecent: (recent: Recent) => void
  readonly whole: (promptId: string) => Promise<JudgedRun | null>
  readonly archive: Archive
  readonly followCosts: RunArchive['followCosts']
}

export interface StorageListener {
  /** The browser does not let us read. */
  readonly failed: (error: unknown) => void
  /** Whether it let us write, each time we have. */
  readonly written: (all: boolean) => void
}

/** Writes what this page sees, and reads what is stored, until the scope is disposed. */
export function useRunStorage(stores: Stores, { failed, written }: StorageListener): RunStorage {
  const retentionTime = useRetentionTime()
  const runArchive = new DatabaseRunArchive(() =>
    limitsOf(readRetention(browserStorage()), retentionTime()),
  )
  const batches = new Batches(runArchive, written)
  writePage(stores, batches)
  const seen = useReadingsOfPage(stores)
  const newest = useNewestStored(stores, runArchive, failed)
  onScopeDispose(() => {
    batches
      .flush()
      .then(() => runArchive.close())
      .catch(failed)
  })
  const { live } = stores
  const runs = computed(() => joinStored(live.runs, loseSight(newest.now.runs, live.idleAt)))
  const verdicts = computed(() => newest.now.verdicts)
  const readings = computed(() => {
    const byTime = new Map([...newest.now.readings, ...seen.value].map((one) => [one.at, one]))
    return [...byTime.values()].toSorted((a, b) => a.at - b.at)
  })
  const all = useAllStored(stores, runArchive, readings, failed)
  const recent = useRecentStored(stores, runArchive, failed)
  const settled = useSettled(stores, runs)
  const withThisPage = (
    stored: readonly RunSummary[] | null,
    ofPage: readonly Run[],
  ): readonly RunSummary[] =>
    withRuns(loseSightOf(stored ?? [], live.idleAt), ofPage, verdicts.value)
  return {
    runs,
    verdicts,
    readings,
    allReadings: all.readings,
    events: computed(() => all.events.value),
    hasMore: computed(() => newest.now.more),
    loadMore: newest.loadMore,
    storeVerdict: (accountKey, verdict) => batches.addVerdict(accountKey, verdict),
    summaries: computed(() => withThisPage(all.summaries.value, settled.value)),
    summariesRead: computed(() => all.summaries.value !== null),
    readAll: all.begin,
    recent: computed(() =>
      withThisPage(recent.summaries.value, settled.value.filter(recent.isRecent)),
    ),
    recentRead: computed(() => recent.summaries.value !== null),
    readRecent: recent.begin,
    async whole(promptId) {
      const run = runs.value.find((each) => each.promptId === promptId)
      if (run) return { run, verdict: verdicts.value.get(promptId) ?? null }
      const judged =
        live.accountKey === null ? null : await runArchive.read(live.accountKey, promptId)
      const [settledRun] = judged ? loseSight([judged.run], live.idleAt) : []
      return judged && settledRun ? { ...judged, run: settledRun } : null
    },
    archive: runArchive,
    followCosts: (...given) => runArchive.followCosts(...given),
  }
}

/**
 * The runs of the current billing account some moments later: a run changes with each of its
 * events.
 */
function useSettled({ live }: Stores, runs: ComputedRef<readonly Run[]>) {
  const seen = computed(() => ({ accountKey: live.accountKey, runs: runs.value }))
  const later = refThrottled(seen, SETTLED_WITHIN_MS)
  return computed(() => (later.value.accountKey === live.accountKey ? later.value.runs : []))
}
