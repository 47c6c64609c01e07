import { useCreditsContext } from '../context.ts'
import { estimate, type Estimate } from '../estimate/estimate.ts'
import { objectInfoFrom } from '../estimate/object-info.ts'
import { readPrompt } from '../estimate/read-prompt.ts'
import { useEvaluator } from '../estimate/use-evaluator.ts'

/**
 * What a prompt will cost that was sent to the server past the host's Run, whatever is on the canvas.
 * Null where it cannot be read; never rejects.
 */
export function usePromptEstimate(): (sent: unknown) => Promise<Estimate | null> {
  const { host } = useCreditsContext()
  /** Its own: most pages never need it. */
  const evaluator = useEvaluator()

  return async (sent) => {
    try {
      const open = host.openWorkflow()
      if (open === null) return null
      const objectInfo = objectInfoFrom((type) => open.nodeType(type))
      return await estimate(readPrompt(sent, objectInfo), objectInfo, evaluator())
    } catch {
      // Anyone may have written it.
      return null
    }
  }
}
