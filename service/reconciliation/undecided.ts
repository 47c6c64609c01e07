import { and, desc, eq, inArray, isNotNull, sql, type SQL } from 'drizzle-orm'
import { Stripe } from 'stripe'
import { cardTopUps, purchases, type CardTopUp, type Purchase } from '../database/schema.ts'
import { inParallel } from '../in-parallel.ts'
import { askAboutTopUp } from '../purchases/operation.ts'
import { outcomeOfSession } from '../purchases/session-outcome.ts'
import { settleSession } from '../purchases/settle.ts'
import { idOf } from '../purchases/stripe.ts'
import type { PaymentDeps } from '../purchases/payment-deps.ts'
import type { Difference } from './difference.ts'

/** Where Stripe takes 150 ms, about the 100 calls a second that it allows. */
const AT_ONCE = 16

/**
 * Asks Stripe about every payment that is undecided here, or about those whose turn it is, and yields
 * one result for each. The newest come first: they are the likeliest to have just been paid.
 */
export async function* compareUndecided(
  deps: PaymentDeps,
  which: 'all' | 'due',
): AsyncGenerator<Difference | null> {
  const results: (Difference | null)[] = []
  const among = (table: typeof purchases | typeof cardTopUps) =>
    which === 'all' ? undefined : isDue(table)
  const open = await deps.db
    .select()
    .from(purchases)
    .where(
      and(
        inArray(purchases.state, ['open', 'processing']),
        isNotNull(purchases.sessionId),
        among(purchases),
      ),
    )
    .orderBy(desc(purchases.createdAt))
  await askInParallel(deps, purchases, open, async (purchase) => {
    results.push(await comparePurchase(deps, purchase, purchase.sessionId ?? ''))
  })
  const pending = await deps.db
    .select()
    .from(cardTopUps)
    .where(and(eq(cardTopUps.state, 'pending'), among(cardTopUps)))
    .orderBy(desc(cardTopUps.createdAt))
  await askInParallel(deps, cardTopUps, pending, async (topUp) => {
    results.push(await compareTopUp(deps, topUp))
  })
  yield* results
}

/**
 * A payment is asked about each time a thirtieth of its age has passed, and at least once an hour: of
 * ten minutes, every 20 seconds; of a day, every 48 minutes.
 */
function isDue({ checkedAt, createdAt }: typeof purchases | typeof cardTopUps): SQL {
  return sql`(${checkedAt} is null
    or ${checkedAt} < now() - least((now() - ${createdAt}) / 30, interval '1 hour'))`
}

/** Where one cannot be asked about, the round ends; it is then not in the way of all others. */
async function askInParallel<T extends { readonly id: string }>(
  { db }: PaymentDeps,
  table: typeof purchases | typeof cardTopUps,
  payments: readonly T[],
  ask: (payment: T) => Promise<void>,
): Promise<void> {
  const asked: string[] = []
  try {
    await inParallel(payments, AT_ONCE, (payment) => {
      asked.push(payment.id)
      return ask(payment)
    })
  } finally {
    await db
      .update(table)
      .set({ checkedAt: sql`now()` })
      .where(inArray(table.id, asked))
  }
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
  // As most are, and nothing is new of them.
  if (outcome === 'open' && idOf(session.payment_intent) === before.intentId) return null
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
