import * as z from 'zod'
import { chargeIntent } from './charge.ts'
import { currencySchema, formatMinor, smallestCharge } from './currency.ts'
import { endpoint, integer, metadataSchema, nothing } from './endpoint.ts'
import { StripeApiError } from './errors.ts'
import { findCard, findCustomer, findIntent } from './find.ts'
import { takeOne } from './faults.ts'
import { paymentIntentObject } from './objects.ts'
import type { PaymentIntent, SavedCard } from './state.ts'
import { newId, nowSeconds, type StripeWorld } from './world.ts'

/** Payments without a page: a saved card is charged, with its holder there (on session) or not. */

type Failure = NonNullable<PaymentIntent['lastError']>

const refused: Failure = {
  code: 'card_declined',
  declineCode: 'generic_decline',
  message: 'Your card was declined.',
}
const holderWanted: Failure = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
}

/** As Stripe, without a decline code: it was not the bank that declined. */
const holderNotRecognised: Failure = {
  code: 'payment_intent_authentication_failure',
  declineCode: null,
  message:
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
}

const yes = z.literal('true')

const createParams = z.strictObject({
  amount: integer.pipe(z.int().min(1).max(99_999_999)),
  currency: currencySchema,
  customer: z.string().optional(),
  payment_method: z.string().optional(),
  allowed_payment_method_types: z.array(z.literal('card')).min(1).optional(),
  description: z.string().max(1000).optional(),
  metadata: metadataSchema,
  confirm: z.enum(['true', 'false']).optional(),
  off_session: yes.optional(),
  return_url: z.url().optional(),
})
type CreateParams = z.infer<typeof createParams>

const confirmParams = z.strictObject({
  payment_method: z.string().optional(),
  off_session: yes.optional(),
  return_url: z.url().optional(),
})
type ConfirmParams = z.infer<typeof confirmParams>

const cancelParams = z.strictObject({
  cancellation_reason: z
    .enum(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'])
    .optional(),
})

function createIntent(world: StripeWorld, params: CreateParams): PaymentIntent {
  const minimum = smallestCharge(params.currency)
  if (params.amount < minimum) {
    throw new StripeApiError(
      `Amount must be at least ${formatMinor(minimum, params.currency)} ${params.currency}`,
      { code: 'amount_too_small', param: 'amount' },
    )
  }
  if (params.off_session !== undefined && params.confirm !== 'true') {
    throw new StripeApiError('You can only use `off_session` when `confirm` is true.', {
      param: 'off_session',
    })
  }
  const customer =
    params.customer === undefined ? null : findCustomer(world, params.customer, 'customer').id
  const card = params.payment_method && usableCard(world, params.payment_method, customer).id
  const intent: PaymentIntent = {
    id: newId('pi'),
    created: nowSeconds(world),
    session: null,
    status: card === undefined ? 'requires_payment_method' : 'requires_confirmation',
    amountMinor: params.amount,
    currency: params.currency,
    method: 'card',
    customer,
    description: params.description ?? null,
    metadata: params.metadata,
    charge: null,
    card: card ?? null,
    lastError: null,
    settlement: null,
    returnUrl: null,
    cancellationReason: null,
  }
  world.state.paymentIntents[intent.id] = intent
  return intent
}

function usableCard(world: StripeWorld, id: string, customer: string | null): SavedCard {
  const card = findCard(world, id)
  if (card.customer !== null && card.customer === customer) return card
  throw new StripeApiError(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { code: 'resource_missing', param: 'payment_method' },
  )
}

function confirmIntent(
  world: StripeWorld,
  intent: PaymentIntent,
  { payment_method: paymentMethod, off_session, return_url }: ConfirmParams,
): void {
  if (intent.status !== 'requires_confirmation' && intent.status !== 'requires_payment_method') {
    throw new StripeApiError(
      `You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`,
      { code: 'payment_intent_unexpected_state' },
    )
  }
  const wanted = paymentMethod ?? (intent.status === 'requires_confirmation' ? intent.card : null)
  if (wanted === null) {
    throw new StripeApiError(
      'You cannot confirm this PaymentIntent because it is missing a payment method.',
      { code: 'payment_intent_unexpected_state' },
    )
  }
  const card = usableCard(world, wanted, intent.customer)
  intent.card = card.id
  if (card.behaviour === 'asks_for_holder' && off_session === undefined) {
    askHolder(world, intent, return_url)
  } else attempt(world, intent, card)
}

/** Stripe.js could do without a return address; the stand-in asks on a page of its own only. */
function askHolder(world: StripeWorld, intent: PaymentIntent, returnUrl: string | undefined): void {
  if (returnUrl === undefined) {
    throw new StripeApiError('Missing required param: return_url.', {
      code: 'parameter_missing',
      param: 'return_url',
    })
  }
  intent.status = 'requires_action'
  intent.lastError = null
  intent.returnUrl = returnUrl
  world.emit('payment_intent.requires_action', paymentIntentObject(intent, world))
}

/** The holder's answer to the bank, once. */
export function answerHolder(world: StripeWorld, intent: PaymentIntent, confirmed: boolean): void {
  if (intent.status !== 'requires_action') return
  if (confirmed) pay(world, intent)
  else fail(world, intent, holderNotRecognised)
}

function attempt(world: StripeWorld, intent: PaymentIntent, card: SavedCard): void {
  const { faults } = world.state
  const failure = takeOne(faults, 'decline_next') ? refused : failureOf(card)
  if (failure !== null) {
    fail(world, intent, failure)
    throw new StripeApiError(failure.message, {
      type: 'card_error',
      status: 402,
      code: failure.code,
      ...(failure.declineCode !== null && { declineCode: failure.declineCode }),
      paymentIntent: paymentIntentObject(intent, world),
    })
  }
  pay(world, intent)
}

function pay(world: StripeWorld, intent: PaymentIntent): void {
  const { faults } = world.state
  if (takeOne(faults, 'settle_later_next')) {
    intent.status = 'processing'
    intent.settlement = { atMs: world.now() + faults.settle_after_ms, outcome: faults.settle_as }
    world.emit('payment_intent.processing', paymentIntentObject(intent, world))
  } else {
    succeed(world, intent)
  }
}

function failureOf({ behaviour }: SavedCard): Failure | null {
  if (behaviour === 'pays') return null
  return behaviour === 'declines' ? refused : holderWanted
}

function succeed(world: StripeWorld, intent: PaymentIntent): void {
  const email = world.state.customers[intent.customer ?? '']?.email ?? null
  const cardLast4 = world.state.cards[intent.card ?? '']?.last4 ?? null
  chargeIntent(world, intent, { cardLast4, email })
  world.emit('payment_intent.succeeded', paymentIntentObject(intent, world))
}

/** Resets the intent, so that another card can be tried. */
function fail(world: StripeWorld, intent: PaymentIntent, failure: Failure): void {
  intent.status = 'requires_payment_method'
  intent.lastError = failure
  intent.card = null
  world.emit('payment_intent.payment_failed', paymentIntentObject(intent, world))
}

const CANCELABLE: ReadonlySet<PaymentIntent['status']> = new Set([
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
])

function cancelIntent(
  world: StripeWorld,
  intent: PaymentIntent,
  reason: z.infer<typeof cancelParams>['cancellation_reason'],
): void {
  if (!CANCELABLE.has(intent.status)) {
    throw new StripeApiError(
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`,
      { code: 'payment_intent_unexpected_state' },
    )
  }
  intent.cancellationReason = reason ?? null
  intent.status = 'canceled'
  world.emit('payment_intent.canceled', paymentIntentObject(intent, world))
}

/** Settles due payments that confirm later. A session settles its own. */
export function advanceIntents(world: StripeWorld): void {
  for (const intent of Object.values(world.state.paymentIntents)) {
    const { settlement } = intent
    if (settlement === null || settlement.atMs > world.now()) continue
    intent.settlement = null
    if (settlement.outcome === 'succeeded') succeed(world, intent)
    else fail(world, intent, refused)
  }
}

export function nextIntentChangeMs(world: StripeWorld): number {
  const due = Object.values(world.state.paymentIntents).flatMap(({ settlement }) =>
    settlement === null ? [] : [settlement.atMs],
  )
  return Math.min(Infinity, ...due)
}

export const intentEndpoints = [
  endpoint({
    method: 'POST',
    path: '/v1/payment_intents',
    params: createParams,
    run({ params, world }) {
      const intent = createIntent(world, params)
      if (params.confirm === 'true') confirmIntent(world, intent, params)
      return paymentIntentObject(intent, world)
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_intents/:id',
    params: nothing,
    run: ({ id, world }) => paymentIntentObject(findIntent(world, id), world),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/payment_intents/:id/confirm',
    params: confirmParams,
    run({ params, id, world }) {
      const intent = findIntent(world, id)
      confirmIntent(world, intent, params)
      return paymentIntentObject(intent, world)
    },
  }),
  endpoint({
    method: 'POST',
    path: '/v1/payment_intents/:id/cancel',
    params: cancelParams,
    run({ params, id, world }) {
      const intent = findIntent(world, id)
      cancelIntent(world, intent, params.cancellation_reason)
      return paymentIntentObject(intent, world)
    },
  }),
]
