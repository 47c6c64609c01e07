import { and, eq } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { BillingOperationBody, TopUpBody } from '@comfyui-credits/contract/top-up'
import { cardTopUps, type Account, type CardTopUp } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { askAbout } from './card-top-up.ts'
import type { PaymentDeps } from './payment-deps.ts'
import { giveUp, settleIntent } from './settle-intent.ts'
import { askStripe } from './stripe.ts'

/** Longer than any call that starts a top-up can still be at work. */
const ABANDONED_AFTER_MS = 5 * 60_000

/**
 * How one of the account's top-ups stands. While it is pending Stripe is asked too, so that a lost
 * webhook costs nobody their credit. When Stripe does not answer, our record stands.
 */
export async function findOperation(
  deps: PaymentDeps,
  about: { account: Account; id: string },
): Promise<CardTopUp> {
  const { account, id } = about
  const [topUp] = /^[0-9a-f-]{36}$/.test(id)
    ? await deps.db
        .select()
        .from(cardTopUps)
        .where(and(eq(cardTopUps.id, id), eq(cardTopUps.accountId, account.id)))
    : []
  if (!topUp) throw new ServiceError('not-found', 'There is no such top-up.')
  return topUp.state === 'pending' ? askAboutTopUp(deps, topUp) : topUp
}

/** Settles a pending top-up by what Stripe says of it now. */
export async function askAboutTopUp(deps: PaymentDeps, topUp: CardTopUp): Promise<CardTopUp> {
  const abandoned = Date.now() - topUp.createdAt.getTime() > ABANDONED_AFTER_MS
  if (topUp.intentId === null) return abandoned ? giveUp(deps.db, topUp) : topUp
  const intent = await askAbout(deps, topUp.intentId)
  if (!intent) return topUp
  const current =
    abandoned && intent.status === 'requires_confirmation' ? await cancel(deps, intent) : intent
  return (await settleIntent(deps.db, current)) ?? topUp
}

/** Cancelled, so that it is certain that it will not be charged after we have said so. */
async function cancel(
  deps: PaymentDeps,
  intent: Stripe.PaymentIntent,
): Promise<Stripe.PaymentIntent> {
  try {
    return await askStripe(() => deps.stripe.paymentIntents.cancel(intent.id))
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    deps.log.warn({ err: error, intent: intent.id }, 'An abandoned intent could not be cancelled.')
    return intent
  }
}

export function describeTopUp(topUp: CardTopUp): TopUpBody {
  return {
    billing_op_id: topUp.id,
    topup_id: topUp.id,
    status: topUp.state,
    amount_cents: centsFromUsdMicros(topUp.amountUsdMicros),
  }
}

export function describeOperation(topUp: CardTopUp): BillingOperationBody {
  return {
    id: topUp.id,
    status: topUp.state === 'completed' ? 'succeeded' : topUp.state,
    started_at: topUp.createdAt.toISOString(),
    ...(topUp.endedAt && { completed_at: topUp.endedAt.toISOString() }),
    topup_purchase_amount: {
      amount_cents: centsFromUsdMicros(topUp.amountUsdMicros),
      currency: 'usd',
    },
    ...(topUp.declineReason && {
      decline_reason: topUp.declineReason,
      error_message: wordsFor[topUp.declineReason],
    }),
  }
}

/** The refusal that tells of a card that did not pay. */
export function declined(topUp: CardTopUp): ServiceError {
  const reason = topUp.declineReason ?? 'generic'
  return new ServiceError('card-declined', `${wordsFor[reason]} Nothing was charged.`, {
    details: { billing_op_id: topUp.id, decline_reason: reason },
  })
}

const anotherCard = 'Pay on the payment page with another card.'
const wordsFor: Record<NonNullable<CardTopUp['declineReason']>, string> = {
  card_declined: `The saved card was declined. ${anotherCard}`,
  insufficient_funds: `The saved card has insufficient funds. ${anotherCard}`,
  expired_card: `The saved card has expired. ${anotherCard}`,
  incorrect_cvc: `The saved card was refused for its security code. ${anotherCard}`,
  authentication_required:
    'The bank wants its cardholder to confirm this payment. Pay on the payment page.',
  authentication_failed: `The bank did not recognise the card’s holder. ${anotherCard}`,
  payment_not_completed: 'Nobody confirmed the payment in time. Start it again.',
  processing_error: 'The payment could not be processed. Try again shortly.',
  generic: `The saved card could not be charged. ${anotherCard}`,
}
