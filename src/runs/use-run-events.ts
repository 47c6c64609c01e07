import { watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import type { RawRunEvent } from '../host/port.ts'
import { useRunsStore } from './store.ts'

/**
 * The host's events of runs, beside the recorder. Not before it: what has happened so far is reported
 * to the first that listens.
 */
export function useRunEvents(receive: (event: RawRunEvent) => void): void {
  const { host } = useCreditsContext()
  const runs = useRunsStore()
  watch(
    () => runs.recording,
    (isRecording, _before, onCleanup) => {
      if (isRecording) onCleanup(host.onRunEvent(receive))
    },
    { immediate: true },
  )
}
