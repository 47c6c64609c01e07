import type { Stripe } from 'stripe'
import type { SessionOutcome } from './settle.ts'

/**
 * A session's result by its own fields. `complete` and `unpaid` means a method that confirms later; if
 * that confirmation fails, only its payment intent shows it.
 * https://docs.stripe.com/payments/checkout/fulfill-orders
 */
export function outcomeOfSession(session: Stripe.Checkout.Session): SessionOutcome {
  if (session.status === 'expired') return 'expired'
  if (session.status !== 'complete') return 'open'
  if (session.payment_status === 'paid') return 'paid'
  const intent = session.payment_intent
  const intentStatus = intent !== null && typeof intent === 'object' ? intent.status : null
  return intentStatus === 'requires_payment_method' || intentStatus === 'canceled'
    ? 'failed'
    : 'processing'
}
