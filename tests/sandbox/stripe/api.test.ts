import type { Stripe } from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { card, clientFor, press, startBench, topUp } from './harness.ts'

let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.close())

const create = (
  params: Partial<Stripe.Checkout.SessionCreateParams> = {},
  options: Stripe.RequestOptions = {},
) => bench.client.checkout.sessions.create(topUp(params), options)

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

describe('a checkout session', () => {
  it('is created with its amount, reference and the address of a payment page', async () => {
    const session = await create()
    expect(session).toMatchObject({
      object: 'checkout.session',
      amount_total: 2500,
      currency: 'usd',
      status: 'open',
      payment_status: 'unpaid',
      client_reference_id: 'user-1',
      metadata: { purchase: 'p-1' },
      payment_intent: null,
    })
    expect(session.id).toMatch(/^cs_test_/)
    expect(session.url).toBe(`${bench.stripe.url}/c/pay/${session.id}`)
  })

  it('sums prices that were made before', async () => {
    const product = await bench.client.products.create({ name: 'Credits' })
    const price = await bench.client.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 100,
    })
    const session = await create({ line_items: [{ price: price.id, quantity: 30 }] })
    expect(session.amount_total).toBe(3000)
  })

  it('is retrieved as it was created, with line items when asked for', async () => {
    const session = await create()
    const again = await bench.client.checkout.sessions.retrieve(session.id, {
      expand: ['line_items'],
    })
    expect(again.amount_total).toBe(2500)
    expect(again.line_items?.data[0]).toMatchObject({
      description: '5,275 ComfyUI credits',
      amount_total: 2500,
    })
  })

  it('is listed newest first, page by page, for its customer', async () => {
    const customer = await bench.client.customers.create({ email: 'list@example.com' })
    const made: string[] = []
    for (let index = 0; index < 3; index++) {
      const { customer_email: _, ...params } = topUp({ customer: customer.id })
      made.push((await bench.client.checkout.sessions.create(params)).id)
    }
    const first = await bench.client.checkout.sessions.list({ customer: customer.id, limit: 2 })
    expect(first.data.map(({ id }) => id)).toEqual([made[2], made[1]])
    expect(first.has_more).toBe(true)
    const all = await bench.client.checkout.sessions
      .list({ customer: customer.id, limit: 2 })
      .autoPagingToArray({ limit: 10 })
    expect(all.map(({ id }) => id)).toEqual(made.toReversed())
  })

  it('points to the payment, the charge and its receipt once it is paid', async () => {
    const session = await create()
    await press(String(session.url), card())
    const paid = await bench.client.checkout.sessions.retrieve(session.id, {
      expand: ['payment_intent.latest_charge'],
    })
    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid', url: null })
    const intent = paid.payment_intent as Stripe.PaymentIntent
    const charge = intent.latest_charge as Stripe.Charge
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 2500 })
    expect(charge.amount).toBe(2500)
    const receipt = await fetch(String(charge.receipt_url))
    expect(await receipt.text()).toContain('$25.00')
  })

  it('offers the allowed methods that take its currency', async () => {
    const line_items = [
      { price_data: { currency: 'eur', unit_amount: 2500, product_data: { name: 'x' } } },
    ]
    expect((await create({ line_items })).payment_method_types).toEqual(['card'])
    expect((await create()).payment_method_types).toEqual(['card', 'wechat_pay', 'alipay'])
  })

  it('can be expired once', async () => {
    const session = await create()
    const expired = await bench.client.checkout.sessions.expire(session.id)
    expect(expired.status).toBe('expired')
    await expect(bench.client.checkout.sessions.expire(session.id)).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
    })
  })
})

describe('a session is refused', () => {
  it.each<[string, object, object]>([
    [
      'for WeChat Pay without a client',
      { payment_method_options: {} },
      { param: 'payment_method_options[wechat_pay][client]' },
    ],
    [
      'for Alipay in another currency than USD',
      {
        allowed_payment_method_types: ['alipay'],
        line_items: [
          { price_data: { currency: 'eur', unit_amount: 2500, product_data: { name: 'x' } } },
        ],
      },
      { param: 'allowed_payment_method_types' },
    ],
    [
      'below the smallest amount',
      {
        line_items: [
          { price_data: { currency: 'usd', unit_amount: 49, product_data: { name: 'x' } } },
        ],
      },
      { code: 'amount_too_small' },
    ],
    [
      'with the list of methods that this API version has done away with',
      { payment_method_types: ['card'] },
      { code: 'parameter_unknown', param: 'payment_method_types' },
    ],
    ['when it would expire too soon', { expires_at: inSeconds(60) }, { param: 'expires_at' }],
    ['when it would live too long', { expires_at: inSeconds(90_000) }, { param: 'expires_at' }],
    [
      'for a customer that does not exist',
      { customer: 'cus_none', customer_email: undefined },
      { code: 'resource_missing', param: 'customer' },
    ],
    [
      'with a parameter that Stripe does not know',
      { colour: 'blue' },
      { code: 'parameter_unknown', param: 'colour' },
    ],
    [
      'without line items',
      { line_items: undefined },
      { code: 'parameter_missing', param: 'line_items' },
    ],
  ])('%s', async (_, params, error) => {
    const wrong = { ...topUp(), ...params } as Stripe.Checkout.SessionCreateParams
    await expect(bench.client.checkout.sessions.create(wrong)).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: _.includes('exist') ? 404 : 400,
      ...error,
    })
  })
})

describe('an idempotency key', () => {
  it('gives the first answer again', async () => {
    const first = await create({}, { idempotencyKey: 'same' })
    const second = await create({}, { idempotencyKey: 'same' })
    expect(second.id).toBe(first.id)
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true')
  })

  it('is refused with other parameters', async () => {
    await create({}, { idempotencyKey: 'other' })
    await expect(
      create({ client_reference_id: 'somebody-else' }, { idempotencyKey: 'other' }),
    ).rejects.toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 })
  })

  it('is free again after a refused call', async () => {
    await expect(create({ line_items: [] }, { idempotencyKey: 'mended' })).rejects.toMatchObject({
      statusCode: 400,
    })
    await expect(create({}, { idempotencyKey: 'mended' })).resolves.toMatchObject({
      status: 'open',
    })
  })
})

describe('the API', () => {
  it('refuses a wrong key', async () => {
    const stranger = clientFor(bench.stripe.url, 'sk_test_other')
    await expect(stranger.customers.create({})).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
      statusCode: 401,
    })
  })

  it('names every request', async () => {
    const customer = await bench.client.customers.create({ email: 'who@example.com' })
    expect(customer.lastResponse.requestId).toMatch(/^req_/)
  })

  it('says in Stripe’s shape what it does not know', async () => {
    await expect(bench.client.refunds.create({ charge: 'ch_1' })).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 404,
    })
    await expect(bench.client.customers.retrieve('cus_none')).rejects.toMatchObject({
      code: 'resource_missing',
      message: "No such customer: 'cus_none'",
    })
  })

  it('opens a portal with the receipts of one customer only', async () => {
    const customer = await bench.client.customers.create({ email: 'portal@example.com' })
    const { customer_email: _, ...params } = topUp({ customer: customer.id })
    const session = await bench.client.checkout.sessions.create(params)
    await press(String(session.url), card())
    const portal = await bench.client.billingPortal.sessions.create({
      customer: customer.id,
      return_url: 'http://127.0.0.1:9/',
    })
    const html = await (await fetch(portal.url)).text()
    expect(html.match(/\/receipts\/ch_/g)).toHaveLength(1)
    expect(html).toContain('portal@example.com')
  })
})
