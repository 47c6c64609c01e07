import { useCreditsContext } from '../context.ts'
import type { OpenWorkflow } from '../host/port.ts'
import { useSessionStore } from '../session/store.ts'
import { cheaperChoices, type CheaperChoice } from './cheaper.ts'
import type { Estimate } from './estimate.ts'
import { Estimator } from './estimator.ts'
import { objectInfoFrom } from './object-info.ts'
import { useCachedNodes } from './use-cached-nodes.ts'
import { useEarlierCosts } from './use-earlier-costs.ts'
import { useEvaluator } from './use-evaluator.ts'
import { useRunSettings } from './use-run-settings.ts'

export interface Reading {
  readonly estimate: Estimate
  /** What would make it cheaper, by the ids of its nodes. */
  cheaper(): Promise<ReadonlyMap<string, CheaperChoice>>
}

const nothing: OpenWorkflow['nodeType'] = () => undefined

/**
 * Estimates the open workflow as it is now. Null without a login, and where there is no workflow that
 * can be read. Never rejects. `changed` is called when the same workflow may cost something else.
 */
export function useWorkflowReader(
  changed: () => void,
): (batchCount: number) => Promise<Reading | null> {
  const { host } = useCreditsContext()
  const session = useSessionStore()
  const cachedNodes = useCachedNodes()
  const evaluator = useEvaluator()
  let nodeType = nothing
  const objectInfo = objectInfoFrom((type) => {
    if (nodeType === nothing) nodeType = host.openWorkflow()?.nodeType ?? nothing
    return nodeType(type)
  })
  const estimator = new Estimator(objectInfo)
  const earlierCosts = useEarlierCosts(changed)
  useRunSettings(objectInfo)

  async function read(open: OpenWorkflow, batchCount: number): Promise<Reading> {
    nodeType = open.nodeType
    const asked = evaluator()
    const { prompt, estimate: now } = await estimator.estimate(
      open.workflow,
      asked,
      async (queued) => ({
        batchCount,
        cached: cachedNodes(queued, objectInfo),
        costs: await earlierCosts(estimator.settingsOf(queued)),
      }),
    )
    return { estimate: now, cheaper: () => cheaperChoices(now, prompt, objectInfo, asked) }
  }

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
