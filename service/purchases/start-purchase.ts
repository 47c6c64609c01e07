import { eq } from 'drizzle-orm'
import { purchases, type Account } from '../database/schema.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { createSession, hashOrder, type PurchaseOrder } from './checkout-session.ts'
import { endEmbedded, type PurchaseDeps } from './embedded-purchase.ts'
import { recordPurchase, recordReplacement } from './record-purchase.ts'
import { stripePage } from './stripe-page.ts'
import { ensureStripeCustomer } from './stripe.ts'

type PageOrder = PurchaseOrder & { readonly paidAt: { readonly returnPage: URL } }

export interface StartedPurchase {
  readonly sessionId: string
  readonly checkoutUrl: string
}

/**
 * Opens a checkout session with a page of Stripe's. Our record comes first and its id is Stripe's
 * idempotency key, so a crash at any point, a retry, or two calls at once end in one session.
 *
 * Under the key of a purchase to be paid inside the buyer's page, it replaces that one.
 */
export async function startPurchase(
  deps: PurchaseDeps & Pick<Deps, 'publicUrl'>,
  account: Account,
  order: PageOrder,
): Promise<StartedPurchase> {
  const { db, stripe, publicUrl } = deps
  const customer = await ensureStripeCustomer(db, stripe, account)
  const purchase = await recordWithoutEmbedded(deps, { account, customer, order })
  if (purchase.sessionId !== null && purchase.checkoutUrl !== null) {
    const checkoutUrl = stripePage(purchase.checkoutUrl, publicUrl)
    return { sessionId: purchase.sessionId, checkoutUrl }
  }
  const session = await createSession(stripe, { account, customer, purchase, order })
  if (session.url === null) throw new Error('Stripe opened a checkout session without a page.')
  const checkoutUrl = stripePage(session.url, publicUrl)
  await db
    .update(purchases)
    .set({ sessionId: session.id, checkoutUrl })
    .where(eq(purchases.id, purchase.id))
  return { sessionId: session.id, checkoutUrl }
}

/**
 * The purchase that gets the page. If there was one to be paid inside the buyer's page, that can no
 * longer be paid: the two are never open at the same time.
 */
async function recordWithoutEmbedded(
  deps: PurchaseDeps,
  about: { account: Account; customer: string; order: PageOrder },
) {
  const { account, customer, order } = about
  const recorded = await recordPurchase(deps.db, account, order)
  if (recorded.requestHash === hashOrder(order)) return recorded
  const embedded = { ...order, paidAt: 'embedded' } as const
  if (recorded.requestHash !== hashOrder(embedded)) throw keyReused()
  // First, so that a request that opens the embedded one from now on sees it replaced.
  const replacement = await recordReplacement(deps.db, account, { ...order, replaces: recorded.id })
  if (replacement.requestHash !== hashOrder(order)) throw keyReused()
  await endEmbedded(deps, { account, customer, order: embedded, purchase: recorded })
  return replacement
}

function keyReused(): ServiceError {
  return new ServiceError(
    'idempotency-key-reused',
    'This Idempotency-Key belongs to another purchase. Take a new key for a new purchase.',
  )
}
