import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startStripe } from '../../../sandbox/stripe/server.ts'
import { card, clientFor, config, press, startBench, topUp, wallet } from './harness.ts'

let bench: Awaited<ReturnType<typeof startBench>>
beforeEach(async () => {
  bench = await startBench()
})
afterEach(() => bench.close())

const newCustomer = () => bench.client.customers.create({ email: 'saved@example.com' })

const ofTheCard = {
  payment_method_options: {
    wechat_pay: { client: 'web' },
    card: { setup_future_usage: 'off_session' },
  },
} as const

async function checkout(customer: string, params: Partial<Stripe.Checkout.SessionCreateParams>) {
  const { customer_email: _, ...rest } = topUp({ customer, ...params })
  return bench.client.checkout.sessions.create(rest)
}

const cardsOf = async (customer: string) =>
  (await bench.client.customers.listPaymentMethods(customer, { type: 'card' })).data

const intentFor = (customer: string, payment_method: string) =>
  bench.client.paymentIntents.create({
    amount: 2500,
    currency: 'usd',
    customer,
    payment_method,
    allowed_payment_method_types: ['card'],
    metadata: { top_up_id: 't-1' },
  })

const confirm = (id: string, idempotencyKey?: string) =>
  bench.client.paymentIntents.confirm(
    id,
    { off_session: true },
    idempotencyKey === undefined ? {} : { idempotencyKey },
  )

describe('a payment page', () => {
  it('saves the paying card when the session asks for it', async () => {
    const { id } = await newCustomer()
    const session = await checkout(id, ofTheCard)
    expect(session.payment_method_types).toEqual(['card', 'wechat_pay', 'alipay'])
    await press(String(session.url), card())
    const [saved] = await cardsOf(id)
    expect(saved).toMatchObject({ customer: id, card: { brand: 'visa', last4: '4242' } })
    const customer = await bench.client.customers.retrieve(id)
    expect(customer).toMatchObject({ invoice_settings: { default_payment_method: null } })
  })

  it('saves nothing if the session does not ask, a wallet pays, or the card is declined', async () => {
    const { id } = await newCustomer()
    await press(String((await checkout(id, {})).url), card())
    const byWallet = await checkout(id, ofTheCard)
    await press(String(byWallet.url), wallet('alipay'))
    await press(`${bench.stripe.url}/q/${byWallet.id}`, { decision: 'confirm' })
    await press(String((await checkout(id, ofTheCard)).url), card('4000 0000 0000 0002'))
    expect(await cardsOf(id)).toEqual([])
  })

  it('offers only what can be saved if the whole payment is to be saved', async () => {
    const { id } = await newCustomer()
    const whole = { payment_intent_data: { setup_future_usage: 'off_session' } } as const
    const session = await checkout(id, whole)
    expect(session.payment_method_types).toEqual(['card'])
    await press(String(session.url), card())
    expect(await cardsOf(id)).toHaveLength(1)
  })
})

describe('a saved card', () => {
  it('can be made the default of its own customer only', async () => {
    const [owner, other] = await Promise.all([newCustomer(), newCustomer()])
    const { id } = await bench.client.paymentMethods.attach('pm_card_visa', { customer: owner.id })
    const chosen = { invoice_settings: { default_payment_method: id } }
    const updated = await bench.client.customers.update(owner.id, chosen)
    expect(updated.invoice_settings.default_payment_method).toBe(id)
    await expect(bench.client.customers.update(other.id, chosen)).rejects.toMatchObject({
      code: 'resource_missing',
    })
  })

  it('is no default any more and cannot be charged once it is detached', async () => {
    const customer = await newCustomer()
    const { id } = await bench.client.paymentMethods.attach('pm_card_visa', {
      customer: customer.id,
    })
    await bench.client.customers.update(customer.id, {
      invoice_settings: { default_payment_method: id },
    })
    await bench.client.paymentMethods.detach(id)
    const after = await bench.client.customers.retrieve(customer.id)
    expect(after).toMatchObject({ invoice_settings: { default_payment_method: null } })
    await expect(intentFor(customer.id, id)).rejects.toMatchObject({ code: 'resource_missing' })
  })
})

describe('a payment without a page', () => {
  async function prepared(method = 'pm_card_visa') {
    const customer = await newCustomer()
    const { id } = await bench.client.paymentMethods.attach(method, { customer: customer.id })
    return intentFor(customer.id, id)
  }

  it('moves money when it is confirmed, and not before', async () => {
    const intent = await prepared()
    expect(intent).toMatchObject({ status: 'requires_confirmation', amount_received: 0 })
    const paid = await confirm(intent.id)
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 2500 })
    await bench.endpoint.waitFor(1)
    expect(bench.endpoint.events()[0]).toMatchObject({
      type: 'payment_intent.succeeded',
      data: { object: { id: intent.id, metadata: { top_up_id: 't-1' } } },
    })
    const charges = await bench.client.charges.list({ customer: String(intent.customer) })
    expect(charges.data).toMatchObject([{ amount: 2500, payment_intent: intent.id }])
  })

  it('cannot be confirmed twice, but the same key gets the first answer again', async () => {
    const intent = await prepared()
    await confirm(intent.id, 'once')
    expect((await confirm(intent.id, 'once')).status).toBe('succeeded')
    await expect(confirm(intent.id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    })
  })

  it.each([
    ['pm_card_chargeCustomerFail', 'card_declined', 'generic_decline'],
    ['pm_card_authenticationRequired', 'authentication_required', 'authentication_required'],
  ])('with %s is refused as %s, each time the same', async (method, code, decline_code) => {
    const intent = await prepared(method)
    const refusal = { type: 'StripeCardError', statusCode: 402, code, decline_code }
    await expect(confirm(intent.id, 'refused')).rejects.toMatchObject(refusal)
    await expect(confirm(intent.id, 'refused')).rejects.toMatchObject(refusal)
    const after = await bench.client.paymentIntents.retrieve(intent.id)
    expect(after).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code, decline_code },
    })
    await bench.endpoint.waitFor(1)
    expect(bench.endpoint.events().map(({ type }) => type)).toEqual([
      'payment_intent.payment_failed',
    ])
  })

  it.each([
    ['succeeded', 'payment_intent.succeeded', 'succeeded'],
    ['failed', 'payment_intent.payment_failed', 'requires_payment_method'],
  ])('that is settled later as %s reports both steps', async (settle_as, type, status) => {
    const intent = await prepared()
    await bench.faults({ settle_later_next: 1, settle_after_ms: 50, settle_as })
    expect((await confirm(intent.id)).status).toBe('processing')
    await bench.endpoint.waitFor(2)
    const types = bench.endpoint.events().map((event) => event.type)
    expect(types).toEqual(['payment_intent.processing', type])
    expect((await bench.client.paymentIntents.retrieve(intent.id)).status).toBe(status)
  })

  describe('whose card asks for its holder, who is there', () => {
    const RETURN = 'http://127.0.0.1:9/back'
    const onSession = (id: string, payment_method?: string) =>
      bench.client.paymentIntents.confirm(id, {
        return_url: RETURN,
        ...(payment_method !== undefined && { payment_method }),
      })
    const answerAt = (intent: Stripe.PaymentIntent, answer: string) =>
      press(String(intent.next_action?.redirect_to_url?.url), { answer })

    it('waits for the holder, and is paid when they have confirmed', async () => {
      const asking = await onSession((await prepared('pm_card_authenticationRequired')).id)
      expect(asking).toMatchObject({
        status: 'requires_action',
        next_action: { type: 'redirect_to_url', redirect_to_url: { return_url: RETURN } },
      })
      const back = await answerAt(asking, 'complete')
      expect(back.headers.get('Location')).toBe(
        `${RETURN}?payment_intent=${asking.id}&redirect_status=succeeded`,
      )
      expect(await bench.client.paymentIntents.retrieve(asking.id)).toMatchObject({
        status: 'succeeded',
        next_action: null,
      })
      await bench.endpoint.waitFor(2)
      expect(bench.endpoint.events().map(({ type }) => type)).toEqual([
        'payment_intent.requires_action',
        'payment_intent.succeeded',
      ])
      expect((await answerAt(asking, 'complete')).status).toBe(404)
    })

    it('is not paid when the bank does not recognise them, and can be confirmed again', async () => {
      const intent = await prepared('pm_card_authenticationRequired')
      const asking = await onSession(intent.id)
      const back = await answerAt(asking, 'fail')
      expect(back.headers.get('Location')).toContain('redirect_status=failed')
      const failed = await bench.client.paymentIntents.retrieve(asking.id)
      expect(failed).toMatchObject({
        status: 'requires_payment_method',
        last_payment_error: { code: 'payment_intent_authentication_failure' },
      })
      expect(failed.last_payment_error).not.toHaveProperty('decline_code')
      const again = await onSession(intent.id, String(intent.payment_method))
      await answerAt(again, 'complete')
      expect((await bench.client.paymentIntents.retrieve(intent.id)).status).toBe('succeeded')
    })

    it('can be cancelled while it waits, and wants a page to return to', async () => {
      const { id } = await prepared('pm_card_authenticationRequired')
      await expect(bench.client.paymentIntents.confirm(id)).rejects.toMatchObject({
        param: 'return_url',
      })
      const asking = await onSession(id)
      const reason = { cancellation_reason: 'abandoned' } as const
      expect(await bench.client.paymentIntents.cancel(id, reason)).toMatchObject({
        status: 'canceled',
        ...reason,
      })
      expect((await answerAt(asking, 'complete')).status).toBe(404)
    })

    it('needs no holder when it does not ask for one', async () => {
      expect((await onSession((await prepared()).id)).status).toBe('succeeded')
    })
  })

  it('can be cancelled until it is paid', async () => {
    const intent = await prepared()
    expect((await bench.client.paymentIntents.cancel(intent.id)).status).toBe('canceled')
    await expect(confirm(intent.id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    })
    const paid = await prepared()
    await confirm(paid.id)
    await expect(bench.client.paymentIntents.cancel(paid.id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    })
  })

  it('cannot use the card of somebody else', async () => {
    const [owner, thief] = await Promise.all([newCustomer(), newCustomer()])
    const { id } = await bench.client.paymentMethods.attach('pm_card_visa', { customer: owner.id })
    await expect(intentFor(thief.id, id)).rejects.toMatchObject({ code: 'resource_missing' })
  })
})

it('goes on with a state from before there were saved cards', async () => {
  const customer = await newCustomer()
  await bench.stripe.close()
  const file = path.join(bench.dataDir, 'stripe.json')
  const snapshot = JSON.parse(await readFile(file, 'utf8'))
  delete snapshot.state.cards
  delete snapshot.state.customers[customer.id].defaultCard
  await writeFile(file, JSON.stringify(snapshot))
  const again = await startStripe(config(bench.dataDir, bench.endpoint.url))
  try {
    const cards = await clientFor(again.url).customers.listPaymentMethods(customer.id)
    expect(cards.data).toEqual([])
  } finally {
    await again.close()
  }
})
