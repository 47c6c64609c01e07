import { createHash } from 'node:crypto'
import { and, eq, isNull } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import { centsFromUsdMicros } from '../../contract/money.ts'
import type { Database } from '../database/open.ts'
import { purchases, type Account, type Purchase } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { ORDER_VERSION, orderMetadata } from './order-metadata.ts'
import { returnAddress } from './return-address.ts'
import { askStripe, ensureStripeCustomer } from './stripe.ts'

export interface PurchaseOrder {
  readonly amountUsdMicros: number
  /** The page the payment returns to. */
  readonly returnPage: URL
  /** The same key with the same order is the same purchase. */
  readonly idempotencyKey: string | null
  /** Whether a card that pays is kept, so that later top-ups can be charged to it. */
  readonly saveCard: boolean
}

export interface StartedPurchase {
  readonly sessionId: string
  readonly checkoutUrl: string
}

const MINUTE_MS = 60_000
const SESSION_LIFE_MS = 60 * MINUTE_MS
/** Stripe takes no session that ends in less than 30 minutes. */
const SESSION_LIFE_MIN_MS = 31 * MINUTE_MS

/**
 * Opens a checkout session. Our record comes first and its id is Stripe's idempotency key, so a
 * crash at any point, a retry, or two calls at once end in one session.
 */
export async function startPurchase(
  db: Database,
  stripe: Stripe,
  account: Account,
  order: PurchaseOrder,
): Promise<StartedPurchase> {
  const customer = await ensureStripeCustomer(db, stripe, account)
  const purchase = await recordPurchase(db, account, order)
  if (purchase.sessionId !== null && purchase.checkoutUrl !== null) {
    return { sessionId: purchase.sessionId, checkoutUrl: purchase.checkoutUrl }
  }
  const session = await createSession(stripe, { account, customer, purchase, order })
  if (session.url === null) throw new Error('Stripe opened a checkout session without a page.')
  await db
    .update(purchases)
    .set({ sessionId: session.id, checkoutUrl: session.url })
    .where(eq(purchases.id, purchase.id))
  return { sessionId: session.id, checkoutUrl: session.url }
}

async function recordPurchase(
  db: Database,
  account: Account,
  order: PurchaseOrder,
): Promise<Purchase> {
  const requestHash = hashOrder(order)
  const [recorded] = await db
    .insert(purchases)
    .values({
      accountId: account.id,
      amountUsdMicros: order.amountUsdMicros,
      idempotencyKey: order.idempotencyKey,
      requestHash,
      expiresAt: expiryFromNow(),
    })
    .onConflictDoNothing({ target: [purchases.accountId, purchases.idempotencyKey] })
    .returning()
  if (recorded) return recorded
  const earlier = await findByKey(db, account.id, order.idempotencyKey ?? '')
  if (earlier.requestHash !== requestHash) {
    throw new ServiceError(
      'idempotency-key-reused',
      'This Idempotency-Key belongs to another purchase. Take a new key for a new purchase.',
    )
  }
  return earlier.sessionId === null ? withUsableExpiry(db, earlier) : earlier
}

async function findByKey(db: Database, accountId: string, key: string): Promise<Purchase> {
  const [found] = await db
    .select()
    .from(purchases)
    .where(and(eq(purchases.accountId, accountId), eq(purchases.idempotencyKey, key)))
  if (!found) throw new Error('A purchase conflicted with one that does not exist.')
  return found
}

/** A purchase that never reached Stripe may be retried so late that its end is too near by now. */
async function withUsableExpiry(db: Database, purchase: Purchase): Promise<Purchase> {
  if (purchase.expiresAt.getTime() - Date.now() > SESSION_LIFE_MIN_MS) return purchase
  const expiresAt = expiryFromNow()
  await db
    .update(purchases)
    .set({ expiresAt })
    .where(and(eq(purchases.id, purchase.id), isNull(purchases.sessionId)))
  return { ...purchase, expiresAt }
}

function createSession(
  stripe: Stripe,
  about: { account: Account; customer: string; purchase: Purchase; order: PurchaseOrder },
): Promise<Stripe.Checkout.Session> {
  const { account, customer, purchase } = about
  const { returnPage, saveCard } = about.order
  const metadata = orderMetadata(account, { purchase })
  const expiresAtSeconds = Math.floor(purchase.expiresAt.getTime() / 1_000)
  return askStripe(() =>
    stripe.checkout.sessions.create(
      {
        mode: 'payment',
        customer,
        client_reference_id: purchase.accountId,
        metadata,
        // The intent and its charge do not get the session's, and a refund speaks of the charge.
        payment_intent_data: { metadata },
        // The portal lists invoices, not receipts: with one for each payment it has them all.
        invoice_creation: { enabled: true },
        // Since API version 2026-09-30 in the place of payment_method_types, which is refused.
        // https://docs.stripe.com/changelog/endive/2026-09-30/remove-payment-method-types-checkout-sessions
        allowed_payment_method_types: ['card', 'wechat_pay', 'alipay'],
        payment_method_options: {
          wechat_pay: { client: 'web' },
          // Of the card only: for the whole payment it would take away the methods that cannot be
          // kept, and WeChat Pay is one.
          ...(saveCard && { card: { setup_future_usage: 'off_session' } }),
        },
        line_items: [
          {
            quantity: 1,
            price_data: {
              currency: 'usd',
              unit_amount: centsFromUsdMicros(purchase.amountUsdMicros),
              product_data: { name: 'ComfyUI credits' },
            },
          },
        ],
        success_url: returnAddress(returnPage, 'success'),
        cancel_url: returnAddress(returnPage, 'cancelled'),
        expires_at: expiresAtSeconds,
      },
      // Stripe refuses a key that comes again with other parameters, so what they vary by is in it.
      { idempotencyKey: `purchase:${purchase.id}:${expiresAtSeconds}:${ORDER_VERSION}` },
    ),
  )
}

function expiryFromNow(): Date {
  return new Date(Date.now() + SESSION_LIFE_MS)
}

function hashOrder(order: PurchaseOrder): string {
  const text = JSON.stringify([
    order.amountUsdMicros,
    order.returnPage.href,
    ...(order.saveCard ? ['save-card'] : []),
  ])
  return createHash('sha256').update(text).digest('hex')
}
