import { and, eq, isNull } from 'drizzle-orm'
import { Stripe } from 'stripe'
import type { EmbeddedPurchaseBody } from '@comfyui-credits/contract/schemas'
import type { Deps } from '../deps.ts'
import { purchases, type Account, type Purchase } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { createSession, hashOrder, type PurchaseOrder } from './checkout-session.ts'
import { findReplacement, recordPurchase } from './record-purchase.ts'
import { outcomeOfSession } from './session-outcome.ts'
import { settleSession } from './settle.ts'
import { askStripe, ensureStripeCustomer } from './stripe.ts'

/**
 * Purchases that are paid inside the buyer's own page, with Stripe.js. A session is for one way of
 * paying, so switching to Stripe's page takes another session. Both can never be paid: the page's
 * session is created only after Stripe has confirmed that the embedded one expired, and a paid one
 * cannot expire.
 */

export type PurchaseDeps = Pick<Deps, 'db' | 'stripe' | 'log'>

type EmbeddedOrder = PurchaseOrder & { readonly paidAt: 'embedded' }

interface About {
  readonly account: Account
  readonly customer: string
  readonly order: EmbeddedOrder
  readonly purchase: Purchase
}

export interface EmbeddedPurchase {
  readonly sessionId: string
  /** Never stored: Stripe returns it each time. */
  readonly clientSecret: string
}

export function describeEmbedded(
  { sessionId, clientSecret }: EmbeddedPurchase,
  publishableKey: string,
): EmbeddedPurchaseBody {
  return {
    session_id: sessionId,
    client_secret: clientSecret,
    publishable_key: publishableKey,
  }
}

/** Creates the session, or finds it by the same key. Throws `conflict` once it has ended. */
export async function startEmbedded(
  deps: PurchaseDeps,
  account: Account,
  order: EmbeddedOrder,
): Promise<EmbeddedPurchase> {
  const { db, stripe } = deps
  const customer = await ensureStripeCustomer(db, stripe, account)
  const purchase = await recordPurchase(db, account, order)
  if (purchase.requestHash !== hashOrder(order)) {
    throw new ServiceError(
      'idempotency-key-reused',
      'This Idempotency-Key belongs to another purchase, or to one that has a payment page.',
    )
  }
  const about = { account, customer, order, purchase }
  const session = await sessionOf(deps, about)
  // After the session exists: a request that replaces it records that first, then ends it.
  if (await findReplacement(db, purchase.id)) {
    await endEmbedded(deps, about)
    throw hasEnded()
  }
  if (session.status !== 'open' || session.client_secret === null) {
    await settleSession(db, session, outcomeOfSession(session))
    throw hasEnded()
  }
  return { sessionId: session.id, clientSecret: session.client_secret }
}

/**
 * Makes sure that the purchase can no longer be paid inside a page. Throws `conflict` if it was paid
 * there, and `payment-provider-failed` while that is unknown.
 */
export async function endEmbedded(deps: PurchaseDeps, about: About): Promise<void> {
  const open = await sessionOf(deps, about).catch((error: unknown) => {
    // Stripe has no such session, and will have none: it has been replaced.
    if (about.purchase.sessionId === null && wasRefused(error)) return null
    throw error
  })
  if (open === null) return
  const session = open.status === 'open' ? await expire(deps, open.id) : open
  await settleSession(deps.db, session, outcomeOfSession(session))
  if (session.status === 'expired') return
  if (session.status === 'complete') {
    throw new ServiceError('conflict', 'This purchase was paid already. Its credits are coming.')
  }
  throw new ServiceError('payment-provider-failed', 'The payment could not be moved. Try again.')
}

/** Its current state if we know it. Otherwise it is created, or found by Stripe's idempotency. */
async function sessionOf(
  { db, stripe }: PurchaseDeps,
  about: About,
): Promise<Stripe.Checkout.Session> {
  const { id, sessionId } = about.purchase
  if (sessionId !== null) return retrieve(stripe, sessionId)
  const session = await createSession(stripe, about)
  await db
    .update(purchases)
    .set({ sessionId: session.id })
    .where(and(eq(purchases.id, id), isNull(purchases.sessionId)))
  return session
}

/** Stripe refuses to expire a session that has ended meanwhile; then its result counts. */
async function expire({ stripe }: PurchaseDeps, id: string): Promise<Stripe.Checkout.Session> {
  try {
    return await askStripe(() =>
      stripe.checkout.sessions.expire(id, { expand: ['payment_intent'] }),
    )
  } catch (error) {
    if (!wasRefused(error)) throw error
    return retrieve(stripe, id)
  }
}

function retrieve(stripe: Stripe, id: string): Promise<Stripe.Checkout.Session> {
  return askStripe(() => stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent'] }))
}

/** Whether Stripe refused the call, so that nothing was done. */
function wasRefused(error: unknown): boolean {
  return (
    error instanceof ServiceError && error.cause instanceof Stripe.errors.StripeInvalidRequestError
  )
}

function hasEnded(): ServiceError {
  return new ServiceError('conflict', 'This payment has ended, or has moved to a payment page.')
}
