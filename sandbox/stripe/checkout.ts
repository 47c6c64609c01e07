import * as z from 'zod'
import { addPrice, addProduct, productData, unitAmount } from './catalog.ts'
import { currencySchema, formatMinor, MAXIMUM_MINOR, smallestCharge } from './currency.ts'
import { endpoint, integer, metadataSchema, nothing } from './endpoint.ts'
import { StripeApiError } from './errors.ts'
import { listOf } from './expand.ts'
import { findCustomer, findPrice, findSession } from './find.ts'
import { isWanted, listEndpoint, listParams, pageParams } from './list.ts'
import { lineItemObjects, sessionObject } from './objects.ts'
import { expireSession } from './payment.ts'
import { paymentMethods, type PaymentMethod, type Price, type Session } from './state.ts'
import { newId, nowSeconds, type StripeWorld } from './world.ts'

const MINUTE = 60
const DAY = 24 * 60 * MINUTE

/** WeChat Pay and Alipay pay an account in the United States in this currency only. */
const WALLET_CURRENCY = 'usd'

const lineItemParams = z.strictObject({
  quantity: integer.pipe(z.int().min(1)).default(1),
  price: z.string().optional(),
  price_data: z
    .strictObject({
      currency: currencySchema,
      unit_amount: unitAmount,
      product: z.string().optional(),
      product_data: z.strictObject(productData).optional(),
    })
    .optional(),
})

/** The parameters of Stripe that a one-off payment can sensibly have. */
const createParams = z.strictObject({
  mode: z.literal('payment'),
  ui_mode: z.enum(['hosted_page', 'embedded_page']).default('hosted_page'),
  /** Not on Stripe's page; only without redirects. */
  redirect_on_completion: z.literal('never').optional(),
  line_items: z.array(lineItemParams).min(1).max(100),
  success_url: z.url().optional(),
  cancel_url: z.url().optional(),
  /** Replaces `payment_method_types` in the SDK's API version; a filter, not a list. */
  allowed_payment_method_types: z.array(z.enum(paymentMethods)).min(1).optional(),
  payment_method_options: z
    .strictObject({
      card: z.strictObject({ setup_future_usage: z.literal('off_session').optional() }).optional(),
      wechat_pay: z.strictObject({ client: z.enum(['web', 'android', 'ios']) }).optional(),
    })
    .default({}),
  payment_intent_data: z
    .strictObject({
      description: z.string().max(1000).optional(),
      metadata: metadataSchema,
      setup_future_usage: z.literal('off_session').optional(),
    })
    .optional(),
  /** An invoice for the payment, which the real portal lists; the portal here lists all payments. */
  invoice_creation: z.strictObject({ enabled: z.enum(['true', 'false']) }).optional(),
  customer: z.string().optional(),
  customer_creation: z.enum(['always', 'if_required']).default('if_required'),
  customer_email: z.email().optional(),
  client_reference_id: z.string().max(200).optional(),
  metadata: metadataSchema,
  expires_at: integer.optional(),
  locale: z.string().optional(),
  submit_type: z.enum(['auto', 'book', 'donate', 'pay']).optional(),
})
type CreateParams = z.infer<typeof createParams>

function priceOf(
  world: StripeWorld,
  item: CreateParams['line_items'][number],
  index: number,
): Price {
  const param = `line_items[${index}]`
  if (item.price !== undefined) return findPrice(world, item.price, `${param}[price]`)
  const data = item.price_data
  if (data === undefined) {
    throw new StripeApiError('You must pass either `price` or `price_data`.', {
      code: 'parameter_missing',
      param,
    })
  }
  const product = data.product ?? (data.product_data && addProduct(world, data.product_data).id)
  if (product === undefined || !(product in world.state.products)) {
    throw new StripeApiError('You must pass either `product` or `product_data`.', {
      code: 'parameter_missing',
      param: `${param}[price_data]`,
    })
  }
  const { currency, unit_amount: unitAmountMinor } = data
  return addPrice(world, { product, currency, unitAmountMinor, metadata: {} })
}

/** The payer's choice: the allowed methods that take the currency. */
function eligibleMethods(params: CreateParams, currency: string): PaymentMethod[] {
  const allowed = params.allowed_payment_method_types
  if (allowed?.includes('wechat_pay') && params.payment_method_options.wechat_pay === undefined) {
    throw new StripeApiError(
      'You must provide `payment_method_options[wechat_pay][client]` when `wechat_pay` is one of the payment method types.',
      { code: 'parameter_missing', param: 'payment_method_options[wechat_pay][client]' },
    )
  }
  // A payment that saves its method offers only those that can be saved.
  const wallets = params.payment_intent_data?.setup_future_usage === undefined
  const redirects = params.redirect_on_completion !== 'never'
  const methods = paymentMethods.filter(
    (method) =>
      (allowed?.includes(method) ?? true) &&
      (method === 'card' || (wallets && currency === WALLET_CURRENCY)) &&
      (method !== 'alipay' || redirects),
  )
  if (methods.length > 0) return methods
  throw new StripeApiError(
    `No valid payment method types for this Checkout Session: none of those allowed supports ${currency}.`,
    { param: 'allowed_payment_method_types' },
  )
}

function checkAmount(amountMinor: number, currency: string): void {
  const minimum = smallestCharge(currency)
  if (amountMinor < minimum) {
    throw new StripeApiError(
      `The Checkout Session's total amount due must add up to at least ${formatMinor(minimum, currency)} ${currency}`,
      { code: 'amount_too_small' },
    )
  }
  if (amountMinor > MAXIMUM_MINOR) {
    throw new StripeApiError(
      `The Checkout Session's total amount due must be no more than ${formatMinor(MAXIMUM_MINOR, currency)}`,
      { code: 'amount_too_large' },
    )
  }
}

function expiry(wanted: number | undefined, now: number): number {
  if (wanted === undefined) return now + DAY
  // A few seconds of grace for the time a request takes to arrive.
  if (wanted < now + 30 * MINUTE - 10) {
    throw new StripeApiError(
      'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.',
      { param: 'expires_at' },
    )
  }
  if (wanted > now + DAY + 10) {
    throw new StripeApiError(
      'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.',
      { param: 'expires_at' },
    )
  }
  return wanted
}

function whoPays(world: StripeWorld, params: CreateParams): Pick<Session, 'customer' | 'email'> {
  if (params.customer === undefined) {
    return { customer: null, email: params.customer_email ?? null }
  }
  if (params.customer_email !== undefined) {
    throw new StripeApiError(
      'You may only specify one of these parameters: customer, customer_email.',
      { param: 'customer_email' },
    )
  }
  const customer = findCustomer(world, params.customer, 'customer')
  return { customer: customer.id, email: customer.email }
}

/** Where a payment returns to depends on where it is made. */
function checkMode({ ui_mode, ...params }: CreateParams): void {
  if (ui_mode === 'hosted_page') {
    if (params.success_url === undefined) throw required('success_url', ui_mode)
    if (params.redirect_on_completion !== undefined) {
      throw notAllowed('redirect_on_completion', ui_mode)
    }
    return
  }
  if (params.success_url !== undefined) throw notAllowed('success_url', ui_mode)
  if (params.cancel_url !== undefined) throw notAllowed('cancel_url', ui_mode)
  if (params.redirect_on_completion === undefined) throw required('return_url', ui_mode)
}

function required(param: string, mode: string): StripeApiError {
  return new StripeApiError(`You must pass \`${param}\` when \`ui_mode\` is \`${mode}\`.`, {
    code: 'parameter_missing',
    param,
  })
}

function notAllowed(param: string, mode: string): StripeApiError {
  return new StripeApiError(`You may not pass \`${param}\` when \`ui_mode\` is \`${mode}\`.`, {
    param,
  })
}

function createSession(world: StripeWorld, params: CreateParams): Session {
  checkMode(params)
  const id = newId('cs_test')
  const now = nowSeconds(world)
  const expiresAt = expiry(params.expires_at, now)
  const payer = whoPays(world, params)
  const priced = params.line_items.map((item, index) => ({
    price: priceOf(world, item, index),
    quantity: item.quantity,
  }))
  const currency = priced[0]?.price.currency ?? 'usd'
  if (priced.some(({ price }) => price.currency !== currency)) {
    throw new StripeApiError('All prices on a Checkout Session must have the same currency.')
  }
  const amountMinor = priced.reduce(
    (sum, item) => sum + item.price.unitAmountMinor * item.quantity,
    0,
  )
  const methods = eligibleMethods(params, currency)
  checkAmount(amountMinor, currency)
  return {
    id,
    created: now,
    expiresAt,
    status: 'open',
    paymentStatus: 'unpaid',
    amountMinor,
    currency,
    lineItems: priced.map(({ price, quantity }) => ({
      id: newId('li'),
      price: price.id,
      quantity,
    })),
    methods,
    saveCard:
      (params.payment_intent_data?.setup_future_usage ??
        params.payment_method_options.card?.setup_future_usage) !== undefined,
    ...payer,
    customerCreation: params.customer_creation,
    clientReferenceId: params.client_reference_id ?? null,
    metadata: params.metadata,
    intentMetadata: params.payment_intent_data?.metadata ?? {},
    intentDescription: params.payment_intent_data?.description ?? null,
    uiMode: params.ui_mode,
    clientSecret: params.ui_mode === 'embedded_page' ? newId(`${id}_secret`) : null,
    successUrl: params.success_url ?? null,
    cancelUrl: params.cancel_url ?? null,
    paymentIntent: null,
    qr: null,
    settlement: null,
  }
}

export const checkoutEndpoints = [
  endpoint({
    method: 'POST',
    path: '/v1/checkout/sessions',
    params: createParams,
    run({ params, world }) {
      const session = createSession(world, params)
      world.state.sessions[session.id] = session
      return sessionObject(session, world)
    },
  }),
  listEndpoint({
    path: '/v1/checkout/sessions',
    params: z.strictObject({
      ...listParams,
      customer: z.string().optional(),
      payment_intent: z.string().optional(),
      status: z.enum(['open', 'complete', 'expired']).optional(),
    }),
    rows: ({ sessions }) => sessions,
    wanted: (session, { customer, payment_intent, status }) =>
      isWanted(customer, session.customer) &&
      isWanted(payment_intent, session.paymentIntent) &&
      isWanted(status, session.status),
    render: sessionObject,
  }),
  endpoint({
    method: 'GET',
    path: '/v1/checkout/sessions/:id',
    params: nothing,
    run: ({ id, world }) => sessionObject(findSession(world, id), world),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/checkout/sessions/:id/line_items',
    params: z.strictObject({ limit: pageParams.limit }),
    run: ({ params, id, world }) =>
      listOf(
        lineItemObjects(findSession(world, id), world.state).slice(0, params.limit),
        `/v1/checkout/sessions/${id}/line_items`,
      ),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    params: nothing,
    run({ id, world }) {
      const session = findSession(world, id)
      if (session.status !== 'open') {
        throw new StripeApiError(
          `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
        )
      }
      expireSession(world, session)
      return sessionObject(session, world)
    },
  }),
]
