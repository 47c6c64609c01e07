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
 * Purchases that are paid inside the buyer's own page, by Stripe.js. A session is made for one way
 * of paying, so the way out, a page of Stripe's, is another session. At no time can both be paid:
 * the page's is made only when Stripe has said that the embedded one has expired, and what was paid
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
  /** Never kept here: Stripe is asked for it each time. */
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

/** Makes the session, or finds it again by the same key. Throws `conflict` when it has ended. */
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
  // After the session is there: whoever takes its place writes that down first, then ends it.
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
 * Sees to it that the purchase can be paid inside a page no more. Throws `conflict` when it was
 * paid there, and `payment-provider-failed` while that cannot be known.
 */
export async function endEmbedded(deps: PurchaseDeps, about: About): Promise<void> {
  const open = await sessionOf(deps, about).catch((error: unknown) => {
    // By Stripe's word there is none, and there will be none: its place is taken.
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

/** As it is now, where we know of it; else made, or found by Stripe's own idempotency. */
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

/** What has ended meanwhile Stripe does not let expire; then how it ended counts. */
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

/** Whether Stripe has understood the call and said no, so that nothing was done. */
function wasRefused(error: unknown): boolean {
  return (
    error instanceof ServiceError && error.cause instanceof Stripe.errors.StripeInvalidRequestError
  )
}

function hasEnded(): ServiceError {
  return new ServiceError('conflict', 'This payment has ended, or has moved to a payment page.')
}
