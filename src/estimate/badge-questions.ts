import type { BadgeContext, BadgeResult } from './badge.ts'

/** Asks for the price that an expression gives in a context. */
export interface BadgeQuestion {
  readonly expression: string
  readonly context: BadgeContext
}

/** Why an expression gave no price. */
export type BadgeFailure =
  /** It took too long, which may also be the machine's fault. */
  | 'timeout'
  /** It loops, or is far longer than any price list. */
  | 'too-many-steps'
  /** It is not an expression, or it failed. */
  | 'failed'
  /** It ended, but not with a price. */
  | 'no-price'
  /** The worker could not be started. */
  | 'unavailable'

export type BadgeAnswer =
  | { readonly isPriced: true; readonly result: BadgeResult }
  | { readonly isPriced: false; readonly failure: BadgeFailure }

/** Whether it would be the same another time: a machine that is busy may be why it is none. */
export const isFinal = (answer: BadgeAnswer): boolean =>
  answer.isPriced || (answer.failure !== 'timeout' && answer.failure !== 'unavailable')

/** Anyone's node can bring an expression, so nothing but a worker that can be ended runs them. */
export interface BadgeEvaluator {
  /** Questions will come: what it takes a while to start may start now. */
  prepare?(): void
  /** One answer for each question, in their order. Never rejects. */
  evaluate(questions: readonly BadgeQuestion[]): Promise<readonly BadgeAnswer[]>
  close(): void
}
