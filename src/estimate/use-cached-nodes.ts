import { watch } from 'vue'
import { asRecord, asText } from './json.ts'
import type { RawRunEvent } from '../host/port.ts'
import { useRunEvents } from '../runs/use-run-events.ts'
import { useSessionStore } from '../session/store.ts'
import type { ObjectInfo } from './object-info.ts'
import type { Prompt } from './prompt.ts'
import { readPrompt } from './read-prompt.ts'
import { unchangedSince } from './unchanged.ts'
import { isWorkflow } from './workflow-file.ts'

/** Runs of which one half was heard: that they were queued here, or that they succeeded. */
const MAX_WAITING = 100

/**
 * Which nodes of a prompt ComfyUI likely still has the results of: those of the last run of this page
 * that succeeded, where neither they nor what they depend on has changed.
 */
export function useCachedNodes(): (now: Prompt, objectInfo: ObjectInfo) => ReadonlySet<string> {
  const session = useSessionStore()
  const waiting = new Map<string, unknown>()
  const succeeded = new Map<string, true>()
  let last: { readonly workflow: unknown; prompt?: Prompt } | null = null

  function receive({ type, detail }: RawRunEvent): void {
    const { prompt_id: id, workflow } = asRecord(detail)
    const promptId = asText(id)
    if (promptId === null) {
      // Whatever the server knew may have gone with the connection.
      if (type === 'reconnecting') last = null
      return
    }
    if (type === 'credits_accepted' && isWorkflow(workflow)) {
      // The server's answer may come after the run's end.
      if (succeeded.delete(promptId)) last = { workflow }
      else keep(waiting, promptId, workflow)
    } else if (type === 'execution_success') {
      if (waiting.has(promptId)) last = { workflow: waiting.get(promptId) }
      else keep(succeeded, promptId, true)
      waiting.delete(promptId)
    }
  }

  useRunEvents(receive)
  watch(
    () => session.account?.id,
    () => {
      last = null
      waiting.clear()
      succeeded.clear()
    },
    { flush: 'sync' },
  )

  return (now, objectInfo) => {
    if (last === null) return new Set()
    last.prompt ??= readPrompt(last.workflow, objectInfo)
    return unchangedSince(last.prompt, now)
  }
}

function keep<T>(of: Map<string, T>, promptId: string, value: T): void {
  of.set(promptId, value)
  const [oldest] = of.keys()
  if (of.size > MAX_WAITING && oldest !== undefined) of.delete(oldest)
}
