import { eq } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import type { Database } from '../database/open.ts'
import { cardTopUps, purchases, type CardTopUp, type Purchase } from '../database/schema.ts'
import type { PaidBy } from '../events/record.ts'
import { agrees, orderIn } from './order-metadata.ts'
import { askStripe } from './stripe.ts'

/** A payment of ours, credited or not yet. */
export interface Payment {
  readonly accountId: string
  readonly paidBy: PaidBy
}

/**
 * Whose payment an intent is: by our record; by metadata, if the payment's own event has not arrived
 * yet; and by asking Stripe, if the event has none, as disputes have not.
 * Null for a payment that is not ours.
 */
export async function findPayment(
  { db, stripe }: { readonly db: Database; readonly stripe: Stripe },
  intentId: string,
  metadata: Stripe.Metadata = {},
): Promise<Payment | null> {
  return (
    (await byIntent(db, intentId)) ??
    (await byMetadata(db, metadata)) ??
    (await byMetadata(db, await metadataAtStripe(stripe, intentId)))
  )
}

async function byIntent(db: Database, intentId: string): Promise<Payment | null> {
  const [purchase] = await db.select().from(purchases).where(eq(purchases.intentId, intentId))
  if (purchase) return describePurchase(purchase)
  const [topUp] = await db.select().from(cardTopUps).where(eq(cardTopUps.intentId, intentId))
  return topUp ? describeTopUp(topUp) : null
}

async function byMetadata(db: Database, metadata: Stripe.Metadata): Promise<Payment | null> {
  const named = orderIn(metadata)
  if (named === null) return null
  if (named.topUpId !== undefined) {
    const [topUp] = await db.select().from(cardTopUps).where(eq(cardTopUps.id, named.topUpId))
    return topUp && agrees(named, topUp) ? describeTopUp(topUp) : null
  }
  const [purchase] = await db.select().from(purchases).where(eq(purchases.id, named.purchaseId))
  return purchase && agrees(named, purchase) ? describePurchase(purchase) : null
}

/** The intent's. The first version of our orders has it on the session only. */
async function metadataAtStripe(stripe: Stripe, intentId: string): Promise<Stripe.Metadata> {
  const intent = await askStripe(() => stripe.paymentIntents.retrieve(intentId))
  if (orderIn(intent.metadata) !== null) return intent.metadata
  const sessions = await askStripe(() =>
    stripe.checkout.sessions.list({ payment_intent: intentId, limit: 1 }),
  )
  return sessions.data[0]?.metadata ?? {}
}

function describePurchase({ accountId, id, sessionId }: Purchase): Payment {
  // The payment's own event brings the session's id. Stripe retries this one if we fail.
  if (sessionId === null) throw new Error(`Purchase ${id} was paid, and its session is not known.`)
  return { accountId, paidBy: { session_id: sessionId } }
}

function describeTopUp({ accountId, id }: CardTopUp): Payment {
  return { accountId, paidBy: { topup_id: id } }
}
