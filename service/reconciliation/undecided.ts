import { and, asc, eq, inArray, isNotNull } from 'drizzle-orm'
import { Stripe } from 'stripe'
import { cardTopUps, purchases, type CardTopUp, type Purchase } from '../database/schema.ts'
import { askAboutTopUp } from '../purchases/operation.ts'
import { outcomeOfSession } from '../purchases/session-outcome.ts'
import { settleSession } from '../purchases/settle.ts'
import type { PaymentDeps } from '../purchases/payment-deps.ts'
import type { Difference } from './difference.ts'

/** Asks Stripe about every payment that is undecided here, and yields one result for each. */
export async function* compareUndecided(deps: PaymentDeps): AsyncGenerator<Difference | null> {
  const open = await deps.db
    .select()
    .from(purchases)
    .where(and(inArray(purchases.state, ['open', 'processing']), isNotNull(purchases.sessionId)))
    .orderBy(asc(purchases.createdAt))
  for (const purchase of open) yield await comparePurchase(deps, purchase, purchase.sessionId ?? '')
  const pending = await deps.db.select().from(cardTopUps).where(eq(cardTopUps.state, 'pending'))
  for (const topUp of pending) yield await compareTopUp(deps, topUp)
}

async function comparePurchase(
  { db, stripe }: PaymentDeps,
  before: Purchase,
  sessionId: string,
): Promise<Difference | null> {
  const session = await retrieveSession(stripe, sessionId)
  if (session === null) {
    return {
      kind: 'session-missing',
      subject: sessionId,
      healed: false,
      words: `Purchase ${before.id} has a session that Stripe does not know.`,
    }
  }
  const outcome = outcomeOfSession(session)
  const after = await settleSession(db, session, outcome)
  if (outcome === 'paid' && after?.state !== 'credited') {
    return {
      kind: 'currency-unusable',
      subject: sessionId,
      healed: false,
      words: `Paid with ${session.amount_total} of ${session.currency}, which is not credited.`,
    }
  }
  if (after === null || after.state === before.state) return null
  const kind = after.state === 'credited' ? 'payment-missed' : 'end-missed'
  const words = `Was ${before.state} here and is ${after.state} now.`
  return { kind, subject: sessionId, healed: true, words }
}

async function retrieveSession(
  stripe: Stripe,
  id: string,
): Promise<Stripe.Checkout.Session | null> {
  try {
    return await stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent'] })
  } catch (error) {
    const missing =
      error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing'
    if (missing) return null
    throw error
  }
}

async function compareTopUp(deps: PaymentDeps, before: CardTopUp): Promise<Difference | null> {
  const after = await askAboutTopUp(deps, before)
  if (after.state === before.state) return null
  return {
    kind: after.state === 'completed' ? 'payment-missed' : 'end-missed',
    subject: after.intentId ?? after.id,
    healed: true,
    words: `Top-up ${after.id} was pending here and is ${after.state} now.`,
  }
}
