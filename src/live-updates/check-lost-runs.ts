import { watch } from 'vue'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { useRunsStore } from '../runs/store.ts'

/** Asks the server about a stored run that seems to go on: its end may have been missed. */
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
}
