import { creditsFromUsdMicros, sumCredits, usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import type { Call, Run } from './run.ts'

/** What the text under an API node says. */
export interface NodeText {
  /** A partner is being asked, and not for the second second already. */
  readonly asks: boolean
  /** The answer to the call itself; a later word is the partner's, about the job. */
  readonly answers: boolean
  readonly credits: number | null
}

const STATUS_LINE = /^Status: ([^\n]{1,200})/
const PRICE_LINE =
  /^Price: (?:(\d[\d,]{0,15}(?:\.\d{1,6})?) credits?|\$(\d[\d,]{0,15}(?:\.\d{1,6})?))$/m
const JUST_BEGUN = /^Time elapsed: 0s$/m

/** Nothing that is worth reading is longer; a text of a local node may be a whole book. */
const MAX_TEXT = 2000

/**
 * Null for a text that is not of an API node. Words as ComfyUI 0.33 has them; 0.3.64 told the price
 * in dollars. No price line where the price is 0 or unknown.
 */
export function readNodeText(text: string): NodeText | null {
  const head = text.slice(0, MAX_TEXT)
  const status = STATUS_LINE.exec(head)?.[1]
  if (status === undefined) return null
  return {
    asks: status === 'Waiting for server' && JUST_BEGUN.test(head),
    answers: status === 'Completed',
    credits: priceIn(head),
  }
}

function priceIn(text: string): number | null {
  const [, credits, usd] = PRICE_LINE.exec(text) ?? []
  if (credits !== undefined) return numberOf(credits)
  return usd === undefined ? null : creditsFromUsdMicros(usdMicrosFromUsd(numberOf(usd)))
}

function numberOf(digits: string): number {
  return Number(digits.replaceAll(',', ''))
}

/** A node can be asked for each thing of a list; more than any list that somebody pays for. */
const MAX_ANSWERS = 200

/**
 * A call after a text. Repeats are never summed: the last price counts, and that there were several
 * answers is kept beside it. Answers are never more than questions: a polled job may end with the
 * same word that answers a call.
 */
export function hear(call: Call, text: NodeText): Call {
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
