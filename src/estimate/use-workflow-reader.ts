import { onScopeDispose, watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import type { OpenWorkflow } from '../host/port.ts'
import { useSessionStore } from '../session/store.ts'
import type { BadgeEvaluator } from './badge-questions.ts'
import { browserEvaluator } from './browser-evaluator.ts'
import { cheaperChoices, type CheaperChoice } from './cheaper.ts'
import { estimate, type Estimate } from './estimate.ts'
import { objectInfoFrom } from './object-info.ts'
import { readPrompt } from './read-prompt.ts'
import { useCachedNodes } from './use-cached-nodes.ts'

export interface Reading {
  readonly estimate: Estimate
  /** What would make it cheaper, by the ids of its nodes. */
  cheaper(): Promise<ReadonlyMap<string, CheaperChoice>>
}

const nothing: OpenWorkflow['nodeType'] = () => undefined

/**
 * Estimates the open workflow as it is now. Null without a login, and where there is no workflow that
 * can be read. Never rejects.
 */
export function useWorkflowReader(): (batchCount: number) => Promise<Reading | null> {
  const { host } = useCreditsContext()
  const session = useSessionStore()
  const cachedNodes = useCachedNodes()
  /** Started by the first question: a workflow without partner nodes has none. */
  let evaluator: BadgeEvaluator | null = null
  let nodeType = nothing
  const objectInfo = objectInfoFrom((type) => nodeType(type))

  async function read(open: OpenWorkflow, batchCount: number): Promise<Reading> {
    nodeType = open.nodeType
    evaluator ??= browserEvaluator()
    const [asked, prompt] = [evaluator, readPrompt(open.workflow, objectInfo)]
    const cached = cachedNodes(prompt, objectInfo)
    const now = await estimate(prompt, objectInfo, asked, { batchCount, cached })
    return { estimate: now, cheaper: () => cheaperChoices(now, prompt, objectInfo, asked) }
  }

  function close(): void {
    evaluator?.close()
    evaluator = null
  }

  watch(() => session.account?.id, close, { flush: 'sync' })
  onScopeDispose(close)

  return async (batchCount) => {
    if (session.account === null) return null
    try {
      const open = host.openWorkflow()
      return open && (await read(open, batchCount))
    } catch {
      // Anyone's node may be in it. What cannot be read has no price, and ComfyUI says why.
      return null
    }
  }
}
