import type { LimitQuestion } from '../limits/question.ts'
import type { RunCost } from './decide.ts'

/** `funds`: the credits do not cover the run. */
export type QuestionWhy = { readonly kind: 'funds' } | LimitQuestion

/** What stands in the way of a run, and waits for the person's answer. */
export interface Question {
  readonly why: QuestionWhy
  readonly cost: RunCost
  readonly batchCount: number
  /** `reason`: why a run goes on that a limit stops. */
  readonly answer: (goesOn: boolean, reason?: string) => void
}

export interface Answer {
  readonly goesOn: boolean
  /** In the person's words; null where none was given. */
  readonly reason: string | null
}

/** In the order in which they are asked. Who sees the cost anyway is not asked about it alone. */
export function questionsOf(limit: LimitQuestion | null, isShort: boolean): QuestionWhy[] {
  const funds: QuestionWhy[] = isShort ? [{ kind: 'funds' }] : []
  return limit === null || (isShort && limit.kind === 'above') ? funds : [limit, ...funds]
}
