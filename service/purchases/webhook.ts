import { Stripe } from 'stripe'
import { ServiceError } from '../errors.ts'
import { orderIn } from './order-metadata.ts'
import type { PaymentDeps } from './payment-deps.ts'
import { settleDispute, settleRefunds } from './reversal.ts'
import { settleIntent } from './settle-intent.ts'
import { settleSession, type SessionOutcome } from './settle.ts'

/** Verifies that the body, byte for byte, comes from Stripe, and is recent. */
export async function readStripeEvent(
  stripe: Stripe,
  delivery: { body: string; signature: string | undefined; secret: string },
): Promise<Stripe.Event> {
  try {
    return await stripe.webhooks.constructEventAsync(
      delivery.body,
      delivery.signature ?? '',
      delivery.secret,
    )
  } catch (error) {
    const unsigned = error instanceof Stripe.errors.StripeSignatureVerificationError
    if (!unsigned && !(error instanceof SyntaxError)) throw error
    throw new ServiceError('webhook-signature-invalid', 'The signature does not fit the body.', {
      cause: error,
    })
  }
}

/**
 * Settles the event. One that is not ours is acknowledged and ignored. So is one in another currency
 * than dollars, which a person must handle: a retry would not help.
 */
export async function handleStripeEvent(deps: PaymentDeps, event: Stripe.Event): Promise<void> {
  const subject = 'id' in event.data.object ? event.data.object.id : null
  const about = { event: event.id, type: event.type, subject }
  const outcome = await settleEvent(deps, event)
  if (outcome === null) deps.log.debug(about, 'Stripe event of no concern to us.')
  else if (outcome === 'foreign')
    deps.log.warn(about, 'Stripe event of a payment that is not ours.')
  else if (outcome === 'unusable') deps.log.error(about, 'Stripe event of money not in dollars.')
  else deps.log.info({ ...about, outcome }, 'Stripe event settled.')
}

/** Its result; null if it does not concern us. */
async function settleEvent(deps: PaymentDeps, event: Stripe.Event): Promise<string | null> {
  switch (event.type) {
    case 'checkout.session.completed': {
      const session = event.data.object
      const outcome = session.payment_status === 'paid' ? 'paid' : 'processing'
      return sessionEnd(deps, session, outcome)
    }
    case 'checkout.session.async_payment_succeeded':
      return sessionEnd(deps, event.data.object, 'paid')
    case 'checkout.session.async_payment_failed':
      return sessionEnd(deps, event.data.object, 'failed')
    case 'checkout.session.expired':
      return sessionEnd(deps, event.data.object, 'expired')
    case 'payment_intent.succeeded':
    case 'payment_intent.payment_failed':
    case 'payment_intent.canceled':
      return intentEnd(deps, event.data.object)
    case 'charge.refunded':
      return settleRefunds(deps, event.data.object)
    case 'charge.dispute.created':
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated':
    case 'charge.dispute.closed':
      return settleDispute(deps, event.data.object)
    default:
      return null
  }
}

async function sessionEnd(
  { db }: PaymentDeps,
  session: Stripe.Checkout.Session,
  outcome: SessionOutcome,
): Promise<string> {
  const purchase = await settleSession(db, session, outcome)
  if (purchase === null) return 'foreign'
  return outcome === 'paid' && purchase.state !== 'credited' ? 'unusable' : purchase.state
}

async function intentEnd(
  { db }: PaymentDeps,
  intent: Stripe.PaymentIntent,
): Promise<string | null> {
  // A payment page has an intent too, but its session's events settle it.
  if (orderIn(intent.metadata)?.topUpId === undefined) return null
  const topUp = await settleIntent(db, intent)
  if (topUp === null) return 'foreign'
  const paid = intent.status === 'succeeded'
  return paid && topUp.state !== 'completed' ? 'unusable' : topUp.state
}
