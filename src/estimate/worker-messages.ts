import type { BadgeContext } from './badge.ts'
import type { BadgeAnswer, BadgeQuestion } from './badge-questions.ts'

/** To the worker: questions, answered one after the other. */
export interface WorkerRequest {
  readonly questions: readonly BadgeQuestion[]
  /** Each answer at once: one of the questions ended a worker, and this shows which. */
  readonly isOneByOne: boolean
}

/** From the worker: null once it has loaded, then answers in the order of their questions. */
export type WorkerReply = readonly BadgeAnswer[] | null

/** As they are sent: the browser copies texts far faster than objects. */
export type SentRequest = string
export type SentReply = string

/** Each expression once: hundreds of nodes have the same, and it is long. */
export function sentRequest({ questions, isOneByOne }: WorkerRequest): SentRequest {
  const places = new Map<string, number>()
  const asked = questions.map(({ expression, context }) => {
    const place = places.get(expression) ?? places.size
    places.set(expression, place)
    return [place, context] as const
  })
  return JSON.stringify({ expressions: [...places.keys()], asked, isOneByOne })
}

export function receivedRequest(request: SentRequest): WorkerRequest {
  const { expressions, asked, isOneByOne } = JSON.parse(request) as {
    readonly expressions: readonly string[]
    readonly asked: readonly (readonly [place: number, BadgeContext])[]
    readonly isOneByOne: boolean
  }
  const questions = asked.map(([place, context]) => ({
    expression: expressions[place] ?? '',
    context,
  }))
  return { questions, isOneByOne }
}

export function receivedReply(reply: SentReply): WorkerReply {
  return JSON.parse(reply) as WorkerReply
}
