import { and, eq } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Stripe } from 'stripe'
import type { CheckoutStatusBody } from '../../contract/schemas.ts'
import type { Database } from '../database/open.ts'
import { purchases, type Account, type Purchase } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { outcomeOfSession } from './session-outcome.ts'
import { settleSession } from './settle.ts'
import { askStripe } from './stripe.ts'

/**
 * How one of the account's purchases stands. While our record is not final Stripe is asked too, so
 * that a lost webhook costs nobody their credit. When Stripe does not answer, our record stands.
 */
export async function checkoutStatus(
  db: Database,
  stripe: Stripe,
  log: Logger,
  about: { account: Account; sessionId: string },
): Promise<CheckoutStatusBody> {
  const [purchase] = await db
    .select()
    .from(purchases)
    .where(and(eq(purchases.sessionId, about.sessionId), eq(purchases.accountId, about.account.id)))
  if (!purchase) throw new ServiceError('not-found', 'There is no such purchase.')
  const final = purchase.state !== 'open' && purchase.state !== 'processing'
  const current = final ? purchase : await askAndSettle(db, stripe, log, purchase, about.sessionId)
  return {
    session_id: about.sessionId,
    state: current.state,
    amount_micros: current.amountUsdMicros,
    transaction_id: current.ledgerEntryId,
  }
}

async function askAndSettle(
  db: Database,
  stripe: Stripe,
  log: Logger,
  purchase: Purchase,
  sessionId: string,
): Promise<Purchase> {
  let session: Stripe.Checkout.Session
  try {
    session = await askStripe(() =>
      stripe.checkout.sessions.retrieve(sessionId, { expand: ['payment_intent'] }),
    )
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    log.warn({ err: error, session: sessionId }, 'Stripe could not be asked about a session.')
    return purchase
  }
  return (await settleSession(db, session, outcomeOfSession(session))) ?? purchase
}
