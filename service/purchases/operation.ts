import { and, eq } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type {
  BillingOperationBody,
  RecoveryAction,
  TopUpBody,
} from '@comfyui-credits/contract/top-up'
import { cardTopUps, type Account, type CardTopUp } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { isUuid } from '../database/columns.ts'
import { askAbout } from './card-top-up.ts'
import type { PaymentDeps } from './payment-deps.ts'
import { giveUp, settleIntent, waitsForHolder } from './settle-intent.ts'
import { optionalStripePage } from './stripe-page.ts'
import { askStripe } from './stripe.ts'

/** Longer than any call that starts a top-up can still be running. */
const ABANDONED_AFTER_MS = 5 * 60_000
/** So long a card's holder may take to answer the bank. */
const UNANSWERED_AFTER_MS = 60 * 60_000

/** A top-up, and its intent where Stripe was asked just now. */
export interface Operation {
  readonly topUp: CardTopUp
  readonly intent: Stripe.PaymentIntent | null
}

/**
 * The status of one of the account's top-ups. While it is pending, Stripe is asked too, so that a
 * lost webhook costs nobody their credits. If Stripe does not answer, our record counts.
 */
export async function findOperation(
  deps: PaymentDeps,
  about: { account: Account; id: string },
): Promise<Operation> {
  const { account, id } = about
  const [topUp] = isUuid(id)
    ? await deps.db
        .select()
        .from(cardTopUps)
        .where(and(eq(cardTopUps.id, id), eq(cardTopUps.accountId, account.id)))
    : []
  if (!topUp) throw new ServiceError('not-found', 'There is no such top-up.')
  return topUp.state === 'pending' ? bringUpToDate(deps, topUp) : { topUp, intent: null }
}

/** Settles a pending top-up by its current status at Stripe. */
export async function askAboutTopUp(deps: PaymentDeps, topUp: CardTopUp): Promise<CardTopUp> {
  return (await bringUpToDate(deps, topUp)).topUp
}

async function bringUpToDate(deps: PaymentDeps, topUp: CardTopUp): Promise<Operation> {
  const ageMs = Date.now() - topUp.createdAt.getTime()
  if (topUp.intentId === null) {
    const current = ageMs > ABANDONED_AFTER_MS ? await giveUp(deps.db, topUp) : topUp
    return { topUp: current, intent: null }
  }
  const found = await askAbout(deps, topUp.intentId)
  if (!found) return { topUp, intent: null }
  const intent = await cancelOld(deps, found, ageMs)
  return { topUp: (await settleIntent(deps.db, intent)) ?? topUp, intent }
}

/** What nobody will move on any more is cancelled. */
async function cancelOld(
  deps: PaymentDeps,
  intent: Stripe.PaymentIntent,
  ageMs: number,
): Promise<Stripe.PaymentIntent> {
  if (waitsForHolder(intent)) {
    return ageMs > UNANSWERED_AFTER_MS ? cancel(deps, intent, 'abandoned') : intent
  }
  const unconfirmed = intent.status === 'requires_confirmation'
  return unconfirmed && ageMs > ABANDONED_AFTER_MS ? cancel(deps, intent) : intent
}

/** So that it is certain that it will not be charged after we have said so. */
async function cancel(
  deps: PaymentDeps,
  intent: Stripe.PaymentIntent,
  cancellation_reason?: 'abandoned',
): Promise<Stripe.PaymentIntent> {
  try {
    return await askStripe(() =>
      deps.stripe.paymentIntents.cancel(
        intent.id,
        cancellation_reason === undefined ? {} : { cancellation_reason },
      ),
    )
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

export function describeOperation(
  { topUp, intent }: Operation,
  publicUrl: string,
): BillingOperationBody {
  const amount_cents = centsFromUsdMicros(topUp.amountUsdMicros)
  const { state, declineReason } = topUp
  return {
    id: topUp.id,
    status: state === 'completed' ? 'succeeded' : state,
    started_at: topUp.createdAt.toISOString(),
    ...(topUp.endedAt && { completed_at: topUp.endedAt.toISOString() }),
    topup_purchase_amount: { amount_cents, currency: 'usd' },
    ...(state === 'completed' && { amount_charged_cents: amount_cents }),
    ...(state === 'pending' && intent !== null && describeAuthentication(intent, publicUrl)),
    ...(declineReason && {
      decline_reason: declineReason,
      error_message: wordsFor[declineReason],
      recovery_action: recoveries[declineReason] ?? 'replace_payment_method',
      retryable: false,
    }),
  }
}

/** Of an intent that waits for the card's holder; nothing of any other. */
function describeAuthentication(
  intent: Stripe.PaymentIntent,
  publicUrl: string,
): Partial<BillingOperationBody> {
  if (!waitsForHolder(intent)) return {}
  const asked = intent.status === 'requires_action'
  return {
    authentication_state: asked ? 'requires_action' : 'failed_retryable',
    action_url:
      optionalStripePage(intent.next_action?.redirect_to_url?.url, publicUrl) ?? undefined,
    recovery_action: 'authenticate_payment',
    retryable: !asked,
  }
}

/** What helps besides another card. */
const recoveries: Partial<Record<NonNullable<CardTopUp['declineReason']>, RecoveryAction>> = {
  processing_error: 'retry',
  payment_not_completed: 'retry',
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
