import { shallowReactive, watch } from 'vue'
import { whenIdle } from '../composables/when-idle.ts'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { useRunsStore } from '../runs/store.ts'
import { isOfInterest, type Run } from '../runs/run.ts'

/** ComfyUI's server forgets with its restart, and nobody has more lost runs to look at. */
const MAX_ASKED = 20

/** It is nothing that anybody waits for. */
const ASK_WITHIN_MS = 5000

/**
 * Asks the server about stored runs whose end nobody saw: whether one that seems to go on still
 * does, and once of each that was lost how it ended.
 */
export function checkLostRuns(): void {
  const runs = useRunsStore()
  const archive = useRunArchiveStore()
  watch(
    () => {
      const here = new Set(runs.runs.map(({ promptId }) => promptId))
      return archive.runs.find((run) => run.endedAt === null && !here.has(run.promptId))?.promptId
    },
    (promptId) => {
      if (promptId !== undefined) runs.askIfIdle().catch((error: unknown) => reportError(error))
    },
  )
  const asked = shallowReactive(new Set<string>())
  const isToAsk = (run: Run): boolean =>
    run.outcome === 'lost' && isOfInterest(run) && !asked.has(run.promptId)
  watch(
    () => (runs.running || asked.size >= MAX_ASKED ? null : (archive.runs.find(isToAsk) ?? null)),
    (run, _before, onCleanup) => {
      if (run === null) return
      onCleanup(
        whenIdle(() => {
          asked.add(run.promptId)
          runs.recallEnd(run).catch((error: unknown) => reportError(error))
        }, ASK_WITHIN_MS),
      )
    },
    { immediate: true },
  )
}
