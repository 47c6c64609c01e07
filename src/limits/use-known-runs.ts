import { computed, watch } from 'vue'
import { useReservationsStore } from '../reservations/store.ts'
import { readRetention } from '../run-archive/retention.ts'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { useRunsStore } from '../runs/store.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { knownRuns, neededSince } from './known-run.ts'
import type { LimitSettings } from './limit.ts'
import { periodOf } from './period.ts'
import type { Known } from './progress.ts'
import { MODEL_RUNS, nodeModels } from './scope.ts'
import { useLimitTime } from './use-limit-time.ts'
import { useNotedRuns } from './use-noted-runs.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** What this browser knows of the account's runs: stored, going on, and of other tabs. */
export function useKnownRuns(settings: () => LimitSettings) {
  const archive = useRunArchiveStore()
  const runs = useRunsStore()
  const reservations = useReservationsStore()
  const storage = browserStorage()
  const time = useLimitTime()
  const isNeeded = (): boolean => settings().limits.some(({ period }) => period !== 'run')
  const { noted, autoQueued } = useNotedRuns({ isNeeded, offset: time.offset })

  const isOfModels = (): boolean => settings().limits.some(({ scope }) => scope.kind === 'model')
  const others = computed(() => {
    void reservations.version
    return {
      reservations: reservations.all(),
      noted: noted.value,
      offsetMs: time.offset.value,
    }
  })
  const from = computed(() => {
    const now = time.now()
    return Math.min(periodOf('month', now).from, periodOf('week', now).from)
  })
  watch(
    () => ({
      account: runs.accountKey,
      isNeeded: isNeeded() && archive.archive !== null,
      from: neededSince(others.value, from.value),
      count: isOfModels() ? MODEL_RUNS : 0,
    }),
    (recent) => {
      if (recent.isNeeded) archive.readRecent(recent)
    },
    { immediate: true },
  )

  /** Older runs may have been deleted. */
  function since(now: number): number {
    if (!archive.recentRead) return Infinity
    const { days } = readRetention(storage)
    return days === null ? -Infinity : now - days * DAY_MS
  }

  const learned = computed(() =>
    isOfModels() ? nodeModels(archive.recent) : new Map<string, string>(),
  )

  const known = computed((): Known => {
    const evidence = { ...others.value, summaries: archive.recent }
    return {
      runs: knownRuns(evidence, from.value),
      learned: learned.value,
      since: since(time.now()),
    }
  })

  return { known, autoQueued, now: time.now }
}
