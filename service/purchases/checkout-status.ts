import { and, eq } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import type { CheckoutStatusBody } from '@comfyui-credits/contract/schemas'
import type { Deps } from '../deps.ts'
import { purchases, type Account, type Purchase } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { receiptUrl } from './receipt.ts'
import { findReplacement } from './record-purchase.ts'
import { outcomeOfSession } from './session-outcome.ts'
import { settleSession } from './settle.ts'
import { askStripe } from './stripe.ts'

type StatusDeps = Pick<Deps, 'db' | 'stripe' | 'log' | 'publicUrl'>

/**
 * The status of one of the account's purchases. While our record is not final, Stripe is asked too,
 * so that a lost webhook costs nobody their credits. If Stripe does not answer, our record counts.
 */
export async function checkoutStatus(
  deps: StatusDeps,
  about: { account: Account; sessionId: string },
): Promise<CheckoutStatusBody> {
  const [purchase] = await deps.db
    .select()
    .from(purchases)
    .where(and(eq(purchases.sessionId, about.sessionId), eq(purchases.accountId, about.account.id)))
  if (!purchase) throw new ServiceError('not-found', 'There is no such purchase.')
  const current = await inItsPlace(deps, await bringUpToDate(deps, purchase))
  return {
    session_id: about.sessionId,
    state: current.state,
    amount_micros: current.amountUsdMicros,
    transaction_id: current.ledgerEntryId,
    receipt_url: current.state === 'credited' ? await receiptUrl(deps, current.intentId) : null,
  }
}

/** For a purchase to be paid inside the page: the one whose payment page replaced it. */
async function inItsPlace(deps: StatusDeps, purchase: Purchase): Promise<Purchase> {
  if (purchase.state !== 'expired') return purchase
  const replacement = await findReplacement(deps.db, purchase.id)
  if (replacement === null) return purchase
  // Its session is being created, or the same key can still request it; but not forever.
  if (replacement.sessionId === null) {
    return replacement.expiresAt.getTime() > Date.now() ? replacement : purchase
  }
  return bringUpToDate(deps, replacement)
}

function bringUpToDate(deps: StatusDeps, purchase: Purchase): Purchase | Promise<Purchase> {
  const { state, sessionId } = purchase
  const final = state !== 'open' && state !== 'processing'
  return final || sessionId === null ? purchase : askAndSettle(deps, purchase, sessionId)
}

async function askAndSettle(
  { db, stripe, log }: StatusDeps,
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
