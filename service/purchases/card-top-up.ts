import { and, eq, isNull } from 'drizzle-orm'
import { Stripe } from 'stripe'
import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import { cardTopUps, type Account, type CardTopUp } from '../database/schema.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { ORDER_VERSION, orderMetadata } from './order-metadata.ts'
import type { PaymentDeps } from './payment-deps.ts'
import { savedCards } from './saved-cards.ts'
import { settleIntent, waitsForHolder } from './settle-intent.ts'
import { askStripe } from './stripe.ts'

type ChargeDeps = PaymentDeps & Pick<Deps, 'publicUrl'>

export interface CardOrder {
  readonly amountUsdMicros: number
  /** The same key with the same amount is the same top-up. */
  readonly idempotencyKey: string | null
}

/**
 * Charges the account's saved card, without a payment page. Our record comes first and names one
 * payment intent, which can succeed once: so a crash at any point, a retry, or two calls at once
 * end in one charge, even after Stripe has forgotten the idempotency keys.
 *
 * The bank may ask the card's holder to confirm (3-D Secure): then the top-up stays `pending`, and
 * the same order again asks once more when the holder has failed.
 *
 * Throws NO_PAYMENT_METHOD when no card is saved. A card that declines is a top-up that `failed`.
 */
export async function chargeSavedCard(
  deps: ChargeDeps,
  account: Account,
  order: CardOrder,
): Promise<CardTopUp> {
  const topUp = await recordTopUp(deps, account, order)
  if (topUp.state !== 'pending') return topUp
  const intent = await openIntent(deps, account, topUp)
  if (!intent) return topUp
  const unconfirmed =
    intent.status === 'requires_confirmation' ||
    (intent.status === 'requires_payment_method' && waitsForHolder(intent))
  const current = unconfirmed ? await confirm(deps, topUp, intent) : intent
  return (await settleIntent(deps.db, current)) ?? topUp
}

async function recordTopUp(
  { db, stripe }: PaymentDeps,
  account: Account,
  order: CardOrder,
): Promise<CardTopUp> {
  const earlier = await findByKey(db, account, order)
  if (earlier) return earlier
  const [card] = await savedCards(stripe, account)
  if (!card) {
    throw new ServiceError(
      'NO_PAYMENT_METHOD',
      'No card is saved. Pay on the payment page; the card you use there is saved for next time.',
    )
  }
  const [recorded] = await db
    .insert(cardTopUps)
    .values({ accountId: account.id, paymentMethodId: card.id, ...order })
    .onConflictDoNothing({ target: [cardTopUps.accountId, cardTopUps.idempotencyKey] })
    .returning()
  const topUp = recorded ?? (await findByKey(db, account, order))
  if (!topUp) throw new Error('A top-up conflicted with one that does not exist.')
  return topUp
}

async function findByKey(
  db: PaymentDeps['db'],
  account: Account,
  { idempotencyKey, amountUsdMicros }: CardOrder,
): Promise<CardTopUp | null> {
  if (idempotencyKey === null) return null
  const [found] = await db
    .select()
    .from(cardTopUps)
    .where(and(eq(cardTopUps.accountId, account.id), eq(cardTopUps.idempotencyKey, idempotencyKey)))
  if (!found || found.amountUsdMicros === amountUsdMicros) return found ?? null
  throw new ServiceError(
    'idempotency-key-reused',
    'This idempotency key belongs to another top-up. Take a new key for a new top-up.',
  )
}

/**
 * The top-up's one intent. Creating it moves no money; confirming it does. Null if there is one
 * already, which may have been paid, and Stripe does not answer.
 */
async function openIntent(
  deps: PaymentDeps,
  account: Account,
  topUp: CardTopUp,
): Promise<Stripe.PaymentIntent | null> {
  const { db, stripe } = deps
  if (topUp.intentId !== null) return askAbout(deps, topUp.intentId)
  const intent = await askStripe(() =>
    stripe.paymentIntents.create(
      {
        amount: centsFromUsdMicros(topUp.amountUsdMicros),
        currency: 'usd',
        ...(account.stripeCustomerId !== null && { customer: account.stripeCustomerId }),
        payment_method: topUp.paymentMethodId,
        allowed_payment_method_types: ['card'],
        description: 'ComfyUI credits',
        metadata: orderMetadata(account, { topUp }),
      },
      { idempotencyKey: `top-up:${topUp.id}:${ORDER_VERSION}` },
    ),
  )
  const [named] = await db
    .update(cardTopUps)
    .set({ intentId: intent.id })
    .where(and(eq(cardTopUps.id, topUp.id), isNull(cardTopUps.intentId)))
    .returning()
  if (named) return intent
  // Another call was first. Usually it has the same intent; otherwise only its own counts.
  const [current] = await db.select().from(cardTopUps).where(eq(cardTopUps.id, topUp.id))
  return askAbout(deps, current?.intentId ?? intent.id)
}

/**
 * Confirms, and when that does not say how it ended asks Stripe what became of the intent. Where
 * Stripe cannot be asked either, the intent is given as it was, and the top-up stays pending until
 * a webhook or the next question tells.
 *
 * The person has just asked for the charge, so this is on session: a card that wants its holder asks
 * them, instead of being declined. https://docs.stripe.com/payments/3d-secure
 */
async function confirm(
  { stripe, log, publicUrl }: ChargeDeps,
  topUp: CardTopUp,
  intent: Stripe.PaymentIntent,
): Promise<Stripe.PaymentIntent> {
  const first = intent.status === 'requires_confirmation'
  try {
    return await stripe.paymentIntents.confirm(
      intent.id,
      { payment_method: topUp.paymentMethodId, return_url: `${publicUrl}/checkout/done` },
      // Another try is another request. An intent succeeds once, however often it is confirmed.
      first ? { idempotencyKey: `top-up:${topUp.id}:confirm-on-session` } : {},
    )
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error
    const declined = error instanceof Stripe.errors.StripeCardError
    if (!declined) log.warn({ err: error, topUp: topUp.id }, 'A confirmation did not end well.')
    return (await askAbout({ stripe, log }, intent.id)) ?? intent
  }
}

/** Null, with a line in the log, if Stripe does not answer. */
export async function askAbout(
  { stripe, log }: Pick<PaymentDeps, 'stripe' | 'log'>,
  intentId: string,
): Promise<Stripe.PaymentIntent | null> {
  try {
    return await askStripe(() => stripe.paymentIntents.retrieve(intentId))
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    log.warn({ err: error, intent: intentId }, 'Stripe could not be asked about an intent.')
    return null
  }
}
