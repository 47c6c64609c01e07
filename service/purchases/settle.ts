import { and, eq, ne } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import type { CheckoutState } from '@comfyui-credits/contract/schemas'
import type { Database, Transaction } from '../database/open.ts'
import { purchases, type Purchase } from '../database/schema.ts'
import { grantCredit } from './grant.ts'
import { agrees, orderIn } from './order-metadata.ts'
import { idOf } from './stripe.ts'

/**
 * A checkout session's result. Webhooks, in any order and number, and polls of Stripe all end here, in
 * one transaction that locks the purchase's row. So credits are granted exactly once, and no late event
 * takes a purchase back from a better state.
 */
export type SessionOutcome = 'paid' | 'processing' | 'failed' | 'expired' | 'open'

/** From which states an outcome may move a purchase. A payment is always credited. */
const movesFrom: Record<Exclude<SessionOutcome, 'open'>, readonly CheckoutState[]> = {
  paid: ['open', 'processing', 'expired', 'failed'],
  processing: ['open'],
  failed: ['open', 'processing'],
  expired: ['open'],
}

export type PaidSession = Pick<
  Stripe.Checkout.Session,
  'id' | 'metadata' | 'amount_total' | 'currency'
> & { readonly payment_intent: string | { readonly id: string } | null }

/**
 * The resulting purchase, or null if the session is not ours. A payment in another currency than
 * dollars stays `processing`: it waits for a person.
 */
export async function settleSession(
  db: Database,
  session: PaidSession,
  outcome: SessionOutcome,
): Promise<Purchase | null> {
  return db.transaction(async (tx) => {
    const found = await findPurchase(tx, session)
    const purchase = found && (await storeIntent(tx, found, session))
    if (!purchase || outcome === 'open' || !movesFrom[outcome].includes(purchase.state)) {
      return purchase
    }
    return outcome === 'paid'
      ? creditPurchase(tx, purchase, session)
      : updatePurchase(tx, purchase, { state: outcome })
  })
}

/**
 * By our own id in Stripe's metadata: a webhook may arrive before the answer with the session's id, or
 * a crash may have lost that answer.
 */
async function findPurchase(tx: Transaction, session: PaidSession): Promise<Purchase | null> {
  const named = orderIn(session.metadata)
  if (named?.purchaseId === undefined) return null
  const [found] = await tx
    .select()
    .from(purchases)
    .where(eq(purchases.id, named.purchaseId))
    .for('update')
  if (!found || !agrees(named, found)) return null
  if (found.sessionId === null) return updatePurchase(tx, found, { sessionId: session.id })
  return found.sessionId === session.id ? found : null
}

/**
 * Refunds and disputes name the payment intent, not the session. Null for the intent of another
 * purchase: one payment pays for one.
 */
async function storeIntent(
  tx: Transaction,
  purchase: Purchase,
  { payment_intent }: PaidSession,
): Promise<Purchase | null> {
  const intentId = idOf(payment_intent)
  if (intentId === null || purchase.intentId === intentId) return purchase
  const isOfAnother = and(eq(purchases.intentId, intentId), ne(purchases.id, purchase.id))
  if ((await tx.$count(purchases, isOfAnother)) > 0) return null
  return updatePurchase(tx, purchase, { intentId })
}

async function creditPurchase(
  tx: Transaction,
  purchase: Purchase,
  session: PaidSession,
): Promise<Purchase> {
  const entry = await grantCredit(tx, {
    accountId: purchase.accountId,
    amountCents: session.amount_total,
    currency: session.currency,
    reference: session.id,
    paidBy: { session_id: session.id },
  })
  return updatePurchase(
    tx,
    purchase,
    entry ? { state: 'credited', ledgerEntryId: entry.id } : { state: 'processing' },
  )
}

async function updatePurchase(
  tx: Transaction,
  purchase: Purchase,
  change: Partial<Purchase>,
): Promise<Purchase> {
  await tx.update(purchases).set(change).where(eq(purchases.id, purchase.id))
  return { ...purchase, ...change }
}
