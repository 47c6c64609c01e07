import { onScopeDispose, watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import type { BadgeEvaluator } from '../estimate/badge-questions.ts'
import { browserEvaluator } from '../estimate/browser-evaluator.ts'
import { estimate } from '../estimate/estimate.ts'
import { objectInfoFrom } from '../estimate/object-info.ts'
import { readPrompt } from '../estimate/read-prompt.ts'
import { useSessionStore } from '../session/store.ts'
import type { Bounds } from './reservation.ts'

/**
 * What a prompt will cost that was sent to the server past the host's Run, whatever is on the canvas.
 * Null where it cannot be read; never rejects.
 */
export function usePromptEstimate(): (sent: unknown) => Promise<Bounds | null> {
  const { host } = useCreditsContext()
  const session = useSessionStore()
  /** Its own, with a worker of its own: most pages never need it. */
  let evaluator: BadgeEvaluator | null = null

  function close(): void {
    evaluator?.close()
    evaluator = null
  }
  watch(() => session.account?.id, close, { flush: 'sync' })
  onScopeDispose(close)

  return async (sent) => {
    try {
      const open = host.openWorkflow()
      if (open === null) return null
      const objectInfo = objectInfoFrom((type) => open.nodeType(type))
      evaluator ??= browserEvaluator()
      return (await estimate(readPrompt(sent, objectInfo), objectInfo, evaluator)).total
    } catch {
      // Anyone may have written it.
      return null
    }
  }
}
