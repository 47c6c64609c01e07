import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { Call } from '../runs/run.ts'
import type { JudgedCall } from '../reconciliation/verdict.ts'
import type { CallCost, JudgedRun } from './port.ts'

/** Of one run: a workflow of hundreds of the same node says no more than these. */
const MAX_COSTS = 20

/**
 * What a run teaches: of calls that went well, with a cost that is confirmed or quoted for the call
 * itself. Follows from the run and its verdict alone, so an index of it does not depend on the order
 * in which they come.
 */
export function callCosts({ run, verdict }: JudgedRun): CallCost[] {
  const { settings, promptId, startedAt } = run
  if (!settings) return []
  const judged = new Map(verdict?.calls.map((call) => [call.nodeId, call]))
  return run.calls
    .flatMap((call) => {
      const { nodeId, outcome, endedAt } = call
      const name = Object.hasOwn(settings, nodeId) ? settings[nodeId] : undefined
      if (name === undefined || outcome !== 'succeeded' || endedAt === null) return []
      const usdMicros = costOf(call, judged.get(nodeId))
      const ms = Math.max(0, endedAt - call.startedAt)
      return [{ settings: name, at: startedAt, promptId, nodeId, usdMicros, ms }]
    })
    .slice(0, MAX_COSTS)
}

/**
 * A node that asked several times ran for several items of a list, or tried again: what it cost in
 * all says nothing of one call, but its answers may.
 */
function costOf(call: Call, judged: JudgedCall | undefined): number | null {
  if (call.asked > 1) return meanOfAnswers(call)
  const quoted = call.announcedCredits === null ? null : usdMicrosFromCredits(call.announcedCredits)
  const usdMicros =
    judged?.certainty === 'proved' || judged?.certainty === 'announced' ? judged.usdMicros : quoted
  // A charge of zero is a charge that has not come yet, or one that was taken back.
  return usdMicros === null || usdMicros <= 0 ? null : usdMicros
}

function meanOfAnswers({ asked, answers }: Call): number | null {
  const prices = answers.flatMap((price) => (price !== null && price > 0 ? price : []))
  if (prices.length !== asked) return null
  return Math.round(usdMicrosFromCredits(prices.reduce((sum, price) => sum + price, 0)) / asked)
}
