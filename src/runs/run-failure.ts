/** Why a run has failed. ComfyUI's server gives no code, only these words (seen on 0.33). */
import type { Denial } from '../billing-account/port.ts'
import type { Run } from './run.ts'

export type WhyFailed = Pick<Run, 'reason' | 'denial'>

export const noReason: WhyFailed = { reason: null, denial: undefined }

/** What it says of an answer of 409. */
const ACCOUNT_PROBLEM = /^There is a problem with your account/
const CANCELLED_BY_USER = /ProcessingInterrupted$/

const unexplained: Denial = { reason: null, owners: [] }

/** A failure with this exception is a person's Cancel. */
export function isCancelledByUser(exceptionType: string): boolean {
  return CANCELLED_BY_USER.test(exceptionType)
}

export function whyFailed(message: string): WhyFailed {
  return { reason: reasonOf(message), denial: isDenial(message) ? unexplained : undefined }
}

export function reasonOf(message: string): NonNullable<Run['reason']> {
  if (message.startsWith('Payment Required')) return 'payment-required'
  if (message.startsWith('Unauthorized')) return 'unauthorized'
  return 'other'
}

/** The account may have more reasons than a lack of credits: it is asked for the one it had. */
function isDenial(message: string): boolean {
  return reasonOf(message) === 'payment-required' || ACCOUNT_PROBLEM.test(message)
}
