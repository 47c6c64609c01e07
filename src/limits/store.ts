import { defineStore } from 'pinia'
import { computed, type Ref } from 'vue'
import type { Expected } from '../reservations/expected.ts'
import type { LimitAlert } from './alert.ts'
import { isNothing, parseSettings, storedForm, withImported, type LimitSettings } from './limit.ts'
import { exceeded, progressOf, type Known, type LimitProgress } from './progress.ts'
import type { LimitQuestion } from './question.ts'
import { useAlerts } from './use-alerts.ts'
import { useKnownRuns } from './use-known-runs.ts'
import { useSettings } from './use-settings.ts'
import { useStoppedRuns } from './use-stopped-runs.ts'

const MINUTE_MS = 60_000

/** How many limits a file has, and how many of them were not set here. */
interface ImportedLimits {
  readonly limits: number
  readonly added: number
}

/** What may be spent, as the person has set it for the account that pays, and how far it is used. */
export const useLimitsStore = defineStore('limits', () => {
  const { settings, save, couldNotStore } = useSettings()
  const { stopped, add } = useStoppedRuns()
  const { known, autoQueued, now } = useKnownRuns(() => settings.value)
  /** Null where it fails: read again, a computed that has thrown gives what it was before. */
  const attempted = computed((): readonly LimitProgress[] | null => {
    try {
      return settings.value.limits.map((limit) => progressOf(limit, known.value, now()))
    } catch (error) {
      reportError(error)
      return null
    }
  })
  const progress = computed(() => attempted.value ?? [])
  const { emit, onAlert } = useAlerts({
    settings: () => settings.value,
    progress: () => progress.value,
  })
  const judge = useJudge({
    settings: () => settings.value,
    progress: attempted,
    known,
    autoQueued,
    now,
    emit,
  })

  return {
    /** Of the account that pays; nothing is set while nobody knows which one does. */
    settings,
    /** False where the browser does not let us store them: then they hold until the page is left. */
    save,
    /** Whether what holds now is not stored. */
    couldNotStore,
    /** Of each limit, in their order. */
    progress,
    /** Newest first. */
    stopped,
    /** Called once for each thing that happens, in one tab. */
    onAlert,
    ...judge,
    /** Stores what became of a run that a limit has stopped. */
    recordStop(
      { limit }: LimitProgress,
      run: { readonly min: number; readonly max: number; readonly workflow: string | null },
      reason: string | null,
    ): void {
      const { min, max, workflow } = run
      const outcome = reason === null ? 'stopped' : 'once-more'
      add({ at: now(), limit, costUsdMicros: { min, max }, workflow, outcome, reason })
    },
    /** As they go into a file; null where nothing is set. */
    exportSettings: (): LimitSettings | null =>
      isNothing(storedForm(settings.value, null)) ? null : settings.value,
    /** Adds what is not set here. Null for what are no settings. */
    importSettings(value: unknown): ImportedLimits | null {
      const parsed = parseSettings(value)
      if (parsed === null) return null
      const before = settings.value.limits.length
      save(withImported(settings.value, parsed))
      return { limits: parsed.limits.length, added: settings.value.limits.length - before }
    },
  }
})

interface Judging {
  readonly settings: () => LimitSettings
  /** Null where it is not known how far they are used: no limit holds then. */
  readonly progress: Readonly<Ref<readonly LimitProgress[] | null>>
  readonly known: Readonly<Ref<Known>>
  readonly autoQueued: ReadonlySet<string>
  readonly now: () => number
  readonly emit: (alert: LimitAlert) => void
}

/** Judges a press of Run, at once, by what is known at this moment. */
function useJudge({ settings, progress, known, autoQueued, now, emit }: Judging) {
  /** What auto-queue spent before is over: the person knows of it. */
  let countedFrom = -Infinity

  function limitOf(run: Expected, batchCount: number): LimitQuestion | null {
    if (progress.value === null) return null
    const { learned } = known.value
    const over = progress.value.flatMap((each) => exceeded(each, run, batchCount, learned) ?? [])
    for (const each of over) {
      // The alerts to periods come as their shares are reached.
      if (each.limit.action === 'warn' && each.limit.period === 'run') {
        emit({ kind: 'share', progress: each, percent: 100 })
      }
    }
    const stopping = over.find(({ limit }) => limit.action === 'stop')
    return stopping ? { kind: 'limit', progress: stopping } : null
  }

  function runawayOf({ isAuto }: Expected): LimitQuestion | null {
    const { runaway } = settings()
    if (runaway === null || !isAuto || progress.value === null) return null
    const from = Math.max(countedFrom, now() - runaway.minutes * MINUTE_MS)
    const spentUsdMicros = known.value.runs.reduce((sum, run) => {
      const isCounted = autoQueued.has(run.id) && run.at >= from
      return isCounted ? sum + run.spentUsdMicros + run.reservedUsdMicros : sum
    }, 0)
    if (spentUsdMicros <= runaway.usdMicros) return null
    return { kind: 'runaway', spentUsdMicros, minutes: runaway.minutes }
  }

  function aboveOf({ usdMicros }: Expected, batchCount: number): LimitQuestion | null {
    const { askAboveUsdMicros: above } = settings()
    return above !== null && usdMicros * batchCount > above
      ? { kind: 'above', aboveUsdMicros: above }
      : null
  }

  return {
    /** Why the person is asked before so many such runs; null where nothing stands in their way. */
    questionOf(run: Expected, batchCount: number): LimitQuestion | null {
      const question = limitOf(run, batchCount) ?? runawayOf(run) ?? aboveOf(run, batchCount)
      if (question?.kind === 'runaway') emit(question)
      return question
    },
    /** The person lets auto-queue go on. */
    forgetRunaway(): void {
      countedFrom = now()
    },
  }
}
