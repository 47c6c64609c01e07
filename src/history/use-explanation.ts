import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import { explain, type Explanation } from '../reconciliation/explain.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import { whenIdle } from '../composables/when-idle.ts'
import type { AccountEvent } from '../account-events/account-event.ts'
import type { Sources } from './sources.ts'

/** What the account lists of the current billing account. */
export interface ListedEvents {
  readonly events: readonly AccountEvent[]
  readonly hasMore: boolean
  readonly readAt: number | null
}

/** A run says many things in a second, and all that is known is gone through each time. */
const COLLECT_MS = 150

/**
 * What each run cost and what moved the balance besides, soon after anything was learned; null until
 * then. What was said is kept, for the next visit. `pauseMs` is how long at least from one to the next.
 */
export function useExplanation(
  { runArchive, runs }: Sources,
  listed: () => ListedEvents,
  pauseMs: () => number,
): { explanation: ComputedRef<Explanation | null>; isCurrent: () => boolean } {
  const explained = shallowRef<{
    accountKey: string
    of: ListedEvents
    explanation: Explanation
  } | null>(null)
  const ofNow = (): Explanation | null =>
    explained.value?.accountKey === runs.accountKey ? explained.value.explanation : null
  /** Takes back what waits to be done; undefined while nothing does. */
  let takeBack: (() => void) | undefined

  function explainAll(): void {
    takeBack = undefined
    const { accountKey } = runs
    if (accountKey === null) return
    const said: ReadonlyMap<string, Verdict> = ofNow()?.verdicts ?? new Map()
    const before = new Map([...said, ...runArchive.verdicts])
    const { runs: known, readings } = runArchive
    const { overheard } = runs
    const of = listed()
    const explanation = explain({ ...of, runs: known, readings, overheard, before })
    explained.value = { accountKey, of, explanation }
    for (const verdict of explanation.news) runArchive.storeVerdict(accountKey, verdict)
  }
  watch(
    () => [
      runs.accountKey,
      runArchive.runs,
      runArchive.readings,
      runArchive.verdicts,
      listed(),
      runs.overheard,
    ],
    () => {
      if (takeBack) return
      // It is longer than a frame, and nobody waits for it.
      const soon = (): void => {
        takeBack = whenIdle(explainAll, COLLECT_MS)
      }
      const timer = setTimeout(soon, Math.max(COLLECT_MS, pauseMs()))
      takeBack = () => clearTimeout(timer)
    },
    { immediate: true },
  )
  onScopeDispose(() => takeBack?.())
  return {
    explanation: computed(ofNow),
    /** It is of all that the account lists by now. */
    isCurrent: (): boolean => runs.accountKey === null || explained.value?.of === listed(),
  }
}
