import { computed, watch } from 'vue'
import { useReservationsStore } from '../reservations/store.ts'
import { readRetention } from '../run-archive/retention.ts'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { useRunsStore } from '../runs/store.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { knownRuns } from './known-run.ts'
import type { LimitSettings } from './limit.ts'
import { periodOf } from './period.ts'
import type { Known } from './progress.ts'
import { nodeModels } from './scope.ts'
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

  watch(
    () => [runs.accountKey, archive.archive, isNeeded()] as const,
    ([, isThere, needed]) => {
      if (needed && isThere !== null) archive.readAll()
    },
    { immediate: true },
  )

  /** Older runs may have been deleted. */
  function since(now: number): number {
    if (!archive.summariesRead) return Infinity
    const { days } = readRetention(storage)
    return days === null ? -Infinity : now - days * DAY_MS
  }

  const learned = computed(() =>
    settings().limits.some(({ scope }) => scope.kind === 'model')
      ? nodeModels(archive.summaries)
      : new Map<string, string>(),
  )

  const known = computed((): Known => {
    void reservations.version
    const now = time.now()
    const evidence = {
      summaries: archive.summaries,
      reservations: reservations.all(),
      noted: noted.value,
      offsetMs: time.offset.value,
    }
    const from = Math.min(periodOf('month', now).from, periodOf('week', now).from)
    return { runs: knownRuns(evidence, from), learned: learned.value, since: since(now) }
  })

  return { known, autoQueued, now: time.now }
}
