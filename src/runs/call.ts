import { sumCredits } from '@comfyui-credits/contract/money'
import type { NodeText } from './price-text.ts'
import type { Call, Run } from './run.ts'

/** A node makes one request per list item; nobody pays for a longer list than this. */
const MAX_ANSWERS = 200

/**
 * The call after a node text. Repeated prices are never summed: the last one counts, and each answer
 * is stored beside it. There are never more answers than requests, because a polled job can end with
 * the same status that answers a call.
 */
export function applyText(call: Call, text: NodeText): Call {
  const asked = call.asked + (text.asks ? 1 : 0)
  const isAnswer = text.answers && call.answers.length < Math.min(asked, MAX_ANSWERS)
  const announcedCredits = text.credits ?? call.announcedCredits
  if (!text.asks && !isAnswer && announcedCredits === call.announcedCredits) return call
  return {
    ...call,
    asked,
    answers: isAnswer ? [...call.answers, text.credits] : call.answers,
    announcedCredits,
  }
}

export function settle(call: Call, outcome: Call['outcome'], at: number): Call {
  return call.outcome === 'running' ? { ...call, outcome, endedAt: at } : call
}

export function withCalls(run: Run, calls: readonly Call[]): Run {
  const announced = calls.flatMap((call) => call.announcedCredits ?? [])
  return { ...run, calls, announcedCredits: announced.length > 0 ? sumCredits(announced) : null }
}
