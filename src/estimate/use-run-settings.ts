import { useRunEvents } from '../runs/use-run-events.ts'
import { useRunsStore } from '../runs/store.ts'
import { asRecord, asText } from './json.ts'
import type { ObjectInfo } from './object-info.ts'
import { isApiPrompt, readApiPrompt } from './prompt.ts'
import { settingsOf } from './settings-key.ts'

/** Notes with each run that the server takes what its partner nodes are set to. */
export function useRunSettings(objectInfo: ObjectInfo): void {
  const runs = useRunsStore()
  useRunEvents(({ type, detail }) => {
    if (type !== 'credits_accepted') return
    const { prompt_id, output } = asRecord(detail)
    const promptId = asText(prompt_id)
    if (promptId === null || !isApiPrompt(output)) return
    const settings = settingsOf(readApiPrompt(output), objectInfo)
    if (Object.keys(settings).length > 0) runs.noteSettings(promptId, settings)
  })
}
