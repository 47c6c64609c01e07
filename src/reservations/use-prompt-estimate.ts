import { useCreditsContext } from '../context.ts'
import type { Estimate } from '../estimate/estimate.ts'
import { Estimator } from '../estimate/estimator.ts'
import { objectInfoFrom } from '../estimate/object-info.ts'
import { useEarlierCosts } from '../estimate/use-earlier-costs.ts'
import { useEvaluator } from '../estimate/use-evaluator.ts'

/**
 * What a prompt will cost that was sent to the server past the host's Run, whatever is on the canvas:
 * with what earlier runs have cost, as in the estimate beside Run. Null where it cannot be read; never
 * rejects.
 */
export function usePromptEstimate(): (sent: unknown) => Promise<Estimate | null> {
  const { host } = useCreditsContext()
  /** Its own: most pages never need it. */
  const evaluator = useEvaluator()
  const earlierCosts = useEarlierCosts(() => {})

  return async (sent) => {
    try {
      const open = host.openWorkflow()
      if (open === null) return null
      const estimator = new Estimator(objectInfoFrom((type) => open.nodeType(type)))
      const { estimate } = await estimator.estimate(sent, evaluator(), async (prompt) => ({
        costs: await earlierCosts(estimator.settingsOf(prompt)),
      }))
      return estimate
    } catch {
      // Anyone may have written it.
      return null
    }
  }
}
