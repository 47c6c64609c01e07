import { eq } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import { declineReasons, type DeclineReason } from '@comfyui-credits/contract/top-up'
import type { Database, Transaction } from '../database/open.ts'
import { cardTopUps, type CardTopUp } from '../database/schema.ts'
import { grantCredit } from './grant.ts'
import { agrees, orderIn } from './order-metadata.ts'

/**
 * Records an intent's result. Its answer, its webhooks, in any order and number, and polls of Stripe all
 * end here, in one transaction that locks the top-up's row. So credits are granted exactly once, and
 * nothing takes a top-up back from `completed`.
 *
 * Returns the resulting top-up, or null if the intent is not ours.
 */
export function settleIntent(
  db: Database,
  intent: Stripe.PaymentIntent,
): Promise<CardTopUp | null> {
  return db.transaction(async (tx) => {
    const topUp = await findTopUp(tx, intent)
    if (!topUp || topUp.state === 'completed') return topUp
    if (intent.status === 'succeeded') return complete(tx, topUp, intent)
    const reason = topUp.state === 'pending' ? failureOf(intent) : null
    return reason === null ? topUp : fail(tx, topUp, reason)
  })
}

/** By our own id: a webhook may arrive before the answer with the intent's. */
async function findTopUp(tx: Transaction, intent: Stripe.PaymentIntent): Promise<CardTopUp | null> {
  const named = orderIn(intent.metadata)
  if (named?.topUpId === undefined) return null
  const [found] = await tx
    .select()
    .from(cardTopUps)
    .where(eq(cardTopUps.id, named.topUpId))
    .for('update')
  if (!found || !agrees(named, found)) return null
  if (found.intentId === null) return update(tx, found, { intentId: intent.id })
  return found.intentId === intent.id ? found : null
}

async function complete(
  tx: Transaction,
  topUp: CardTopUp,
  intent: Stripe.PaymentIntent,
): Promise<CardTopUp> {
  const entry = await grantCredit(tx, {
    accountId: topUp.accountId,
    amountCents: intent.amount_received,
    currency: intent.currency,
    reference: intent.id,
    paidBy: { topup_id: topUp.id },
  })
  // Not in dollars: it stays pending until a person handles it.
  if (!entry) return topUp
  return update(tx, topUp, {
    state: 'completed',
    ledgerEntryId: entry.id,
    declineReason: null,
    endedAt: new Date(),
  })
}

/** Ends a top-up that has no intent: nothing was ever confirmed, so nothing was charged. */
export function giveUp(db: Database, topUp: CardTopUp): Promise<CardTopUp> {
  return db.transaction(async (tx) => {
    const [current = topUp] = await tx
      .select()
      .from(cardTopUps)
      .where(eq(cardTopUps.id, topUp.id))
      .for('update')
    const untouched = current.state === 'pending' && current.intentId === null
    return untouched ? fail(tx, current, 'processing_error') : current
  })
}

function fail(tx: Transaction, topUp: CardTopUp, declineReason: DeclineReason): Promise<CardTopUp> {
  return update(tx, topUp, { state: 'failed', declineReason, endedAt: new Date() })
}

async function update(
  tx: Transaction,
  topUp: CardTopUp,
  change: Partial<CardTopUp>,
): Promise<CardTopUp> {
  await tx.update(cardTopUps).set(change).where(eq(cardTopUps.id, topUp.id))
  return { ...topUp, ...change }
}

/**
 * Whether the bank waits for the card's holder: asked, or to be asked again after a try that failed.
 * Neither has ended the payment. https://docs.stripe.com/payments/3d-secure
 */
export function waitsForHolder({ status, last_payment_error }: Stripe.PaymentIntent): boolean {
  return (
    status === 'requires_action' ||
    (status === 'requires_payment_method' &&
      last_payment_error?.code === 'payment_intent_authentication_failure')
  )
}

/**
 * Why an intent failed, or null while it has not. A refused card puts it back to
 * `requires_payment_method`. https://docs.stripe.com/payments/paymentintents/lifecycle
 */
function failureOf(intent: Stripe.PaymentIntent): DeclineReason | null {
  if (intent.status === 'canceled') {
    return intent.cancellation_reason === 'abandoned' ? 'payment_not_completed' : 'processing_error'
  }
  if (intent.status !== 'requires_payment_method' || waitsForHolder(intent)) return null
  const { code, decline_code } = intent.last_payment_error ?? {}
  return (
    declineReasons.find((reason) => reason === decline_code) ??
    declineReasons.find((reason) => reason === code) ??
    'generic'
  )
}
