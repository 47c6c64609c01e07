import type { Stripe } from 'stripe'
import { orderIn } from './order-metadata.ts'
import type { PaymentDeps } from './payment-deps.ts'
import { settleDispute, settleRefunds, type Reversal } from './reversal.ts'
import { settleIntent } from './settle-intent.ts'
import { settleSession, type SessionOutcome } from './settle.ts'

/** `ignored`: of no concern to us. `foreign`: of a payment that is not ours. `unusable`: not in whole cents. */
export type EventOutcome = string

/** The inbox has `failed` for events that it gave up on, and a person looks at those. */
function outcomeOf({ state }: { readonly state: string }): EventOutcome {
  return state === 'failed' ? 'not-paid' : state
}

type EventObject<T extends Stripe.Event.Type> = Extract<Stripe.Event, { type: T }>['data']['object']

interface Handler<T extends Stripe.Event.Type> {
  settle(deps: PaymentDeps, object: EventObject<T>): Promise<EventOutcome>
}

/** One that moves money back, which the reconciliation looks for in Stripe's list of events. */
interface ReversalHandler<T extends Stripe.Event.Type> extends Handler<T> {
  readonly reverses: 'refund' | 'dispute'
  settle(deps: PaymentDeps, object: EventObject<T>): Promise<Reversal>
}

const session = (
  outcome: SessionOutcome | ((session: Stripe.Checkout.Session) => SessionOutcome),
) => ({
  settle: (deps: PaymentDeps, object: Stripe.Checkout.Session) =>
    sessionEnd(deps, object, typeof outcome === 'function' ? outcome(object) : outcome),
})
const intent = { settle: intentEnd }
const refund = { reverses: 'refund', settle: settleRefunds } as const
const dispute = { reverses: 'dispute', settle: settleDispute } as const

/**
 * All events that the service acts on: the webhook endpoint at Stripe is set up with these, and so
 * README.md lists them (a test compares). Every other one is acknowledged and ignored.
 */
export const stripeEvents = {
  'checkout.session.completed': session(({ payment_status }) =>
    payment_status === 'paid' ? 'paid' : 'processing',
  ),
  'checkout.session.async_payment_succeeded': session('paid'),
  'checkout.session.async_payment_failed': session('failed'),
  'checkout.session.expired': session('expired'),
  'payment_intent.succeeded': intent,
  'payment_intent.payment_failed': intent,
  'payment_intent.canceled': intent,
  'charge.refunded': refund,
  'charge.dispute.created': dispute,
  'charge.dispute.funds_withdrawn': dispute,
  'charge.dispute.funds_reinstated': dispute,
  'charge.dispute.closed': dispute,
} as const satisfies { [T in Stripe.Event.Type]?: Handler<T> | ReversalHandler<T> }

type HandledType = keyof typeof stripeEvents

type AnyHandler = Handler<Stripe.Event.Type> &
  Partial<Pick<typeof refund | typeof dispute, 'reverses'>>

/** The table knows which object comes with which type; a type known only when it runs does not. */
function handlerOf(type: string): AnyHandler | null {
  return Object.hasOwn(stripeEvents, type)
    ? (stripeEvents[type as HandledType] as AnyHandler)
    : null
}

/** Settles the event. A repeat, or one out of order, changes nothing that is right. */
export async function settleEvent(
  deps: PaymentDeps,
  { type, data }: Pick<Stripe.Event, 'type' | 'data'>,
): Promise<EventOutcome> {
  return (await handlerOf(type)?.settle(deps, data.object)) ?? 'ignored'
}

/** The events that move money back. */
export const reversalTypes = (Object.keys(stripeEvents) as HandledType[]).filter(
  (type) => 'reverses' in stripeEvents[type],
)

/** What an event moved back; null for one that moves nothing back. */
export async function settleReversal(
  deps: PaymentDeps,
  event: Stripe.Event,
): Promise<{ readonly what: 'refund' | 'dispute'; readonly reversal: Reversal } | null> {
  const what = handlerOf(event.type)?.reverses
  if (what === undefined) return null
  return { what, reversal: (await settleEvent(deps, event)) as Reversal }
}

async function sessionEnd(
  { db }: PaymentDeps,
  object: Stripe.Checkout.Session,
  outcome: SessionOutcome,
): Promise<EventOutcome> {
  const purchase = await settleSession(db, object, outcome)
  if (purchase === null) return 'foreign'
  return outcome === 'paid' && purchase.state !== 'credited' ? 'unusable' : outcomeOf(purchase)
}

async function intentEnd({ db }: PaymentDeps, object: Stripe.PaymentIntent): Promise<EventOutcome> {
  // A payment page has an intent too, but its session's events settle it.
  if (orderIn(object.metadata)?.topUpId === undefined) return 'ignored'
  const topUp = await settleIntent(db, object)
  if (topUp === null) return 'foreign'
  const paid = object.status === 'succeeded'
  return paid && topUp.state !== 'completed' ? 'unusable' : outcomeOf(topUp)
}
