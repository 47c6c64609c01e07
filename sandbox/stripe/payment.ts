import { keepCard, knownCard, type CardLook } from './cards.ts'
import { addCustomer } from './customers.ts'
import { advanceIntents, nextIntentChangeMs } from './intents.ts'
import { chargeIntent } from './charge.ts'
import { takeOne } from './faults.ts'
import { sessionObject } from './objects.ts'
import type { PaymentIntent, PaymentMethod, Session } from './state.ts'
import { newId, nowSeconds, type StripeWorld } from './world.ts'

/** What happens to a session on the payment page. Money moves nowhere. */

export type CardResult = { readonly paid: true } | { readonly paid: false; readonly words: string }

/** Test numbers as Stripe documents them (https://docs.stripe.com/testing). */
const DECLINED_CARDS: Readonly<Record<string, string>> = {
  '4000000000000002': 'Your card was declined. Try a different card.',
  '4000000000009995': 'Your card has insufficient funds. Try a different card.',
  '4000000000000069': 'Your card has expired. Try a different card.',
}

export function payByCard(world: StripeWorld, session: Session, number: string): CardResult {
  const digits = number.replace(/[\s-]/g, '')
  if (takeOne(world.state.faults, 'decline_next')) {
    return { paid: false, words: 'Your card was declined. Try a different card.' }
  }
  const refusal = DECLINED_CARDS[digits]
  if (refusal !== undefined) return { paid: false, words: refusal }
  const card = knownCard(digits)
  if (card === null) {
    return {
      paid: false,
      words: 'This is a sandbox: use the test card 4242 4242 4242 4242, never a real one.',
    }
  }
  complete(world, session, 'card', card)
  return { paid: true }
}

export function showQr(session: Session, method: PaymentMethod): void {
  session.qr = { method, refused: false }
}

/** The phone's answer. Only a code that is on the screen can be answered, and only once. */
export function answerQr(world: StripeWorld, session: Session, confirmed: boolean): void {
  if (session.status !== 'open' || session.qr === null || session.qr.refused) return
  if (confirmed) complete(world, session, session.qr.method, null)
  else session.qr = { ...session.qr, refused: true }
}

export function expireSession(world: StripeWorld, session: Session): void {
  session.status = 'expired'
  session.qr = null
  world.emit('checkout.session.expired', sessionObject(session, world))
}

/** Does what is due: expires sessions, and settles payments that confirm later. */
export function advance(world: StripeWorld): void {
  advanceIntents(world)
  for (const session of Object.values(world.state.sessions)) {
    if (session.status === 'open' && session.expiresAt * 1000 <= world.now()) {
      expireSession(world, session)
    }
    if (session.settlement !== null && session.settlement.atMs <= world.now()) {
      settle(world, session, session.settlement.outcome)
    }
  }
}

/** When the next change is due; Infinity for never. */
export function nextChangeMs(world: StripeWorld): number {
  return Object.values(world.state.sessions).reduce((soonest, session) => {
    if (session.settlement !== null) return Math.min(soonest, session.settlement.atMs)
    return session.status === 'open' ? Math.min(soonest, session.expiresAt * 1000) : soonest
  }, nextIntentChangeMs(world))
}

function complete(
  world: StripeWorld,
  session: Session,
  method: PaymentMethod,
  card: CardLook | null,
): void {
  const { faults } = world.state
  if (session.customer === null && session.customerCreation === 'always') {
    session.customer = addCustomer(world, { email: session.email }).id
  }
  const intent: PaymentIntent = {
    id: newId('pi'),
    created: nowSeconds(world),
    session: session.id,
    status: 'processing',
    amountMinor: session.amountMinor,
    currency: session.currency,
    method,
    customer: session.customer,
    description: session.intentDescription,
    metadata: session.intentMetadata,
    charge: null,
    card:
      card !== null && session.saveCard && session.customer !== null
        ? keepCard(world, card, session.customer).id
        : null,
    lastError: null,
    settlement: null,
    returnUrl: null,
    cancellationReason: null,
  }
  world.state.paymentIntents[intent.id] = intent
  session.paymentIntent = intent.id
  session.status = 'complete'
  session.qr = null
  if (takeOne(faults, 'settle_later_next')) {
    session.settlement = { atMs: world.now() + faults.settle_after_ms, outcome: faults.settle_as }
  } else {
    payFor(world, session, intent, card?.last4 ?? null)
  }
  world.emit('checkout.session.completed', sessionObject(session, world))
}

function settle(world: StripeWorld, session: Session, outcome: 'succeeded' | 'failed'): void {
  session.settlement = null
  const intent =
    session.paymentIntent === null ? undefined : world.state.paymentIntents[session.paymentIntent]
  if (intent === undefined) return
  if (outcome === 'succeeded') payFor(world, session, intent, null)
  else intent.status = 'requires_payment_method'
  world.emit(`checkout.session.async_payment_${outcome}`, sessionObject(session, world))
}

function payFor(
  world: StripeWorld,
  session: Session,
  intent: PaymentIntent,
  cardLast4: string | null,
): void {
  chargeIntent(world, intent, { cardLast4, email: session.email })
  session.paymentStatus = 'paid'
}
