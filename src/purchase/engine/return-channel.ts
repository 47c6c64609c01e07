/** Between the return page and the tabs of ComfyUI. */
export const CHANNEL = 'comfyui-credits'

/** In the return address: which purchase comes back. Stripe names its session only on success. */
export const ATTEMPT_PARAMETER = 'purchase'

const OUTCOMES = ['success', 'cancelled'] as const

/**
 * What the return page sends to the other tabs. Any page on this origin can send it, so it is a
 * hint: it makes us ask the account, and is never believed.
 */
export interface ReturnMessage {
  readonly kind: 'checkout-returned'
  /** Of the purchase that came back; null when the address does not say. */
  readonly attempt: string | null
  readonly outcome: (typeof OUTCOMES)[number]
}

/** Null for any other message. Written by hand: a schema would bring its parser to the return page. */
export function readReturnMessage(data: unknown): ReturnMessage | null {
  if (typeof data !== 'object' || data === null) return null
  if (!('kind' in data && 'attempt' in data && 'outcome' in data)) return null
  const { kind, attempt } = data
  const outcome = OUTCOMES.find((known) => known === data.outcome)
  if (kind !== 'checkout-returned' || outcome === undefined) return null
  return attempt === null || typeof attempt === 'string' ? { kind, attempt, outcome } : null
}
