import type { Logger } from 'pino'
import { Stripe } from 'stripe'
import type { Database } from '../database/open.ts'
import { ServiceError } from '../errors.ts'
import { settleIntent, topUpIdOf } from './settle-intent.ts'
import { settleSession, type SessionOutcome } from './settle.ts'

/** Proves that the body, byte for byte, comes from Stripe, and not long ago. */
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

/** Settles what the event says. An event that is none of ours is taken and left alone. */
export async function handleStripeEvent(
  db: Database,
  event: Stripe.Event,
  log: Logger,
): Promise<void> {
  const heard = subjectOf(event)
  if (!heard) {
    log.debug({ event: event.id, type: event.type }, 'Stripe event of no concern to us.')
    return
  }
  const settled =
    'session' in heard
      ? await settleSession(db, heard.session, heard.outcome)
      : await settleIntent(db, heard.intent)
  const subject = 'session' in heard ? heard.session.id : heard.intent.id
  const about = { event: event.id, type: event.type, subject }
  if (settled) log.info({ ...about, state: settled.state }, 'Stripe event settled.')
  else log.warn(about, 'Stripe event for a payment that is not ours.')
}

type Heard =
  | { readonly session: Stripe.Checkout.Session; readonly outcome: SessionOutcome }
  | { readonly intent: Stripe.PaymentIntent }

function subjectOf(event: Stripe.Event): Heard | null {
  switch (event.type) {
    case 'checkout.session.completed': {
      const session = event.data.object
      return { session, outcome: session.payment_status === 'paid' ? 'paid' : 'processing' }
    }
    case 'checkout.session.async_payment_succeeded':
      return { session: event.data.object, outcome: 'paid' }
    case 'checkout.session.async_payment_failed':
      return { session: event.data.object, outcome: 'failed' }
    case 'checkout.session.expired':
      return { session: event.data.object, outcome: 'expired' }
    case 'payment_intent.succeeded':
    case 'payment_intent.payment_failed':
    case 'payment_intent.canceled':
      // A payment page has an intent too; its session speaks for it.
      return topUpIdOf(event.data.object) === null ? null : { intent: event.data.object }
    default:
      return null
  }
}
