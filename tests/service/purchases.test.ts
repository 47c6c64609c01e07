import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import {
  balanceSchema,
  billingPortalSchema,
  checkoutStatusSchema,
  eventsPageSchema,
  purchaseSchema,
} from '@comfyui-credits/contract/schemas'
import { ledgerEntries, purchases } from '../../service/database/schema.ts'
import { settleSession } from '../../service/purchases/settle.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'
import { webhook, type SessionEvent } from './support/stripe-server.ts'

const TWENTY_FIVE_USD = { amount_micros: 25_000_000, currency: 'usd' }

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
})
afterAll(() => world.close())
beforeEach(() => {
  world.stripe.failing = false
  world.stripe.onSession = null
})

async function buy(person: Person, body: object = TWENTY_FIVE_USD, headers = {}) {
  const response = await person.post('/customers/credit', body, headers)
  expect(response.status).toBe(201)
  const { checkout_url, session_id } = purchaseSchema.parse(await response.json())
  if (typeof session_id !== 'string') throw new Error('The purchase has no session.')
  return { checkout_url, session_id }
}

async function balanceCents(person: Person): Promise<number> {
  return balanceSchema.parse(await (await person.get('/customers/balance')).json()).amount_micros
}

async function stateOf(person: Person, sessionId: string) {
  const response = await person.get(`/customers/credit/${sessionId}`)
  return checkoutStatusSchema.parse(await response.json()).state
}

async function creditEvents(person: Person) {
  const response = await person.get('/customers/events?filter=credit_added')
  return eventsPageSchema.parse(await response.json()).events
}

const paid = { status: 'complete', payment_status: 'paid' } as const
const unpaid = { status: 'complete', payment_status: 'unpaid' } as const

/** Delivers an event as Stripe does, which retries whatever is not answered with 200. */
async function notify(type: SessionEvent, session: object, through = service): Promise<void> {
  const response = await through.fetch('/webhooks/stripe', webhook(type, session))
  expect(response.status).toBe(200)
}

describe('a purchase', () => {
  it('opens a session at Stripe with what Stripe needs for cards, WeChat Pay and Alipay', async () => {
    const person = await service.person()
    const bought = await buy(person)
    expect(bought.checkout_url).toBe(`https://checkout.example.com/${bought.session_id}`)
    const call = world.stripe.calls.findLast(({ path }) => path === '/v1/checkout/sessions')
    expect(Object.fromEntries(call?.params ?? [])).toMatchObject({
      mode: 'payment',
      'allowed_payment_method_types[0]': 'card',
      'allowed_payment_method_types[1]': 'wechat_pay',
      'allowed_payment_method_types[2]': 'alipay',
      'payment_method_options[wechat_pay][client]': 'web',
      'line_items[0][quantity]': '1',
      'line_items[0][price_data][currency]': 'usd',
      'line_items[0][price_data][unit_amount]': '2500',
      success_url:
        'http://credits.example.com/checkout/done?checkout=success&session_id={CHECKOUT_SESSION_ID}',
    })
    expect(await stateOf(person, bought.session_id)).toBe('open')
  })

  it('comes back to the page it was started from, whose query stays', async () => {
    const person = await service.person()
    const return_url = 'http://127.0.0.1:8188/credits/return?theme=dark#top'
    await buy(person, { ...TWENTY_FIVE_USD, return_url })
    const call = world.stripe.calls.at(-1)
    const page = 'http://127.0.0.1:8188/credits/return?theme=dark'
    const session = 'session_id={CHECKOUT_SESSION_ID}'
    expect(call?.params.get('success_url')).toBe(`${page}&checkout=success&${session}#top`)
    expect(call?.params.get('cancel_url')).toBe(`${page}&checkout=cancelled#top`)
  })

  it.each([
    ['javascript:alert(1)'],
    ['file:///etc/passwd'],
    ['/relative'],
    ['http://user:word@example.com/'],
    [`https://example.com/${'x'.repeat(3_000)}`],
    // Six times as long where Stripe gets it.
    [`https://example.com/?${'ü'.repeat(1_900)}`],
  ])('does not return to %.40s', async (return_url) => {
    const person = await service.person()
    const response = await person.post('/customers/credit', { ...TWENTY_FIVE_USD, return_url })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'return-url-invalid' })
  })

  it.each([
    [4_990_000, 'amount-out-of-bounds'],
    [10_000_010_000, 'amount-out-of-bounds'],
    [5_000_001, 'amount-out-of-bounds'],
    [-25_000_000, 'bad-request'],
    [25.5, 'bad-request'],
    ['25', 'bad-request'],
  ])('of %s micros is refused as %s', async (amount_micros, code) => {
    const person = await service.person()
    const response = await person.post('/customers/credit', { amount_micros, currency: 'usd' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code })
  })

  it.each([5_000_000, 10_000_000_000, 12_340_000])('of %i micros is taken', async (amount) => {
    const person = await service.person()
    const { session_id } = await buy(person, { amount_micros: amount, currency: 'usd' })
    expect(world.stripe.sessions.get(session_id)?.amount_total).toBe(amount / 10_000)
  })

  it('in another currency is refused', async () => {
    const person = await service.person()
    const order = { ...TWENTY_FIVE_USD, currency: 'cny' }
    const response = await person.post('/customers/credit', order)
    expect(await response.json()).toMatchObject({ code: 'currency-unsupported' })
  })

  it('says when the payment provider does not take it', async () => {
    const person = await service.person()
    world.stripe.failing = true
    const response = await person.post('/customers/credit', TWENTY_FIVE_USD)
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ code: 'payment-provider-failed' })
  })

  it('of somebody else cannot be looked at', async () => {
    const { session_id } = await buy(await service.person())
    const response = await (await service.person()).get(`/customers/credit/${session_id}`)
    expect(response.status).toBe(404)
  })

  it('uses one customer at Stripe for all purchases of a person', async () => {
    const person = await service.person()
    await buy(person)
    await buy(person)
    const [first, second] = world.stripe.calls
      .filter(({ path }) => path === '/v1/checkout/sessions')
      .slice(-2)
      .map(({ params }) => params.get('customer'))
    expect(first).toMatch(/^cus_/)
    expect(second).toBe(first)
  })
})

describe('an idempotency key', () => {
  const key = { 'Idempotency-Key': 'key-1' }

  it('makes a repeated purchase the same purchase', async () => {
    const person = await service.person()
    expect(await buy(person, TWENTY_FIVE_USD, key)).toEqual(await buy(person, TWENTY_FIVE_USD, key))
  })

  it('makes two purchases at once one purchase', async () => {
    const person = await service.person()
    const [first, second] = await Promise.all([
      buy(person, TWENTY_FIVE_USD, key),
      buy(person, TWENTY_FIVE_USD, key),
    ])
    expect(second).toEqual(first)
  })

  it('with another purchase is refused', async () => {
    const person = await service.person()
    await buy(person, TWENTY_FIVE_USD, key)
    const other = { amount_micros: 50_000_000, currency: 'usd' }
    const response = await person.post('/customers/credit', other, key)
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ code: 'idempotency-key-reused' })
  })

  it('of one person means nothing for another', async () => {
    const first = await buy(await service.person(), TWENTY_FIVE_USD, key)
    const second = await buy(await service.person(), TWENTY_FIVE_USD, key)
    expect(second.session_id).not.toBe(first.session_id)
  })

  it('finds the session again when the first answer of Stripe was lost', async () => {
    const person = await service.person()
    const lost = await buy(person, TWENTY_FIVE_USD, key)
    // As a crash between Stripe's answer and our record leaves it.
    await world.database.db
      .update(purchases)
      .set({ sessionId: null, checkoutUrl: null })
      .where(eq(purchases.sessionId, lost.session_id))
    expect(await buy(person, TWENTY_FIVE_USD, key)).toEqual(lost)
  })

  it('can be tried again hours after a failure, when the old end would be too near', async () => {
    const person = await service.person()
    world.stripe.failing = true
    await person.post('/customers', {})
    await person.post('/customers/credit', TWENTY_FIVE_USD, key)
    world.stripe.failing = false
    await world.database.db.update(purchases).set({ expiresAt: new Date(0) })
    await buy(person, TWENTY_FIVE_USD, key)
    const expiresAt = Number(world.stripe.calls.at(-1)?.params.get('expires_at')) * 1_000
    expect(expiresAt - Date.now()).toBeGreaterThan(30 * 60_000)
  })

  it('that is no visible ASCII is refused', async () => {
    const person = await service.person()
    const headers = { 'Idempotency-Key': 'two words' }
    const response = await person.post('/customers/credit', TWENTY_FIVE_USD, headers)
    expect(await response.json()).toMatchObject({ code: 'bad-request' })
  })
})

async function startedPurchase() {
  const person = await service.person()
  const { session_id } = await buy(person)
  return { person, id: session_id }
}

describe('a payment', () => {
  it('is credited, with an event that names amount, transaction and session', async () => {
    const { person, id } = await startedPurchase()
    await notify('checkout.session.completed', world.stripe.change(id, paid))
    expect(await balanceCents(person)).toBe(2_500)
    const [event] = await creditEvents(person)
    const [entry] = await world.database.db
      .select()
      .from(ledgerEntries)
      .where(eq(ledgerEntries.reference, id))
    expect(event?.params).toEqual({ amount: 2_500, transaction_id: entry?.id, session_id: id })
    const status = await (await person.get(`/customers/credit/${id}`)).json()
    expect(status).toMatchObject({ state: 'credited', transaction_id: entry?.id })
  })

  it('is credited once, notified five times', async () => {
    const { person, id } = await startedPurchase()
    const session = world.stripe.change(id, paid)
    for (let time = 0; time < 5; time += 1) await notify('checkout.session.completed', session)
    expect(await balanceCents(person)).toBe(2_500)
    expect(await creditEvents(person)).toHaveLength(1)
  })

  it('is credited once, with many events at once to two instances', async () => {
    const { person, id } = await startedPurchase()
    const session = world.stripe.change(id, paid)
    const other = world.service()
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        notify('checkout.session.completed', session, index % 2 === 0 ? service : other),
      ),
    )
    expect(await balanceCents(person)).toBe(2_500)
    expect(await creditEvents(person)).toHaveLength(1)
  })

  it('is credited once by the webhook and by asking at the same time', async () => {
    const { person, id } = await startedPurchase()
    const session = world.stripe.change(id, paid)
    await Promise.all([
      notify('checkout.session.completed', session),
      stateOf(person, id),
      notify('checkout.session.completed', session),
    ])
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('is credited on asking when every webhook was lost', async () => {
    const { person, id } = await startedPurchase()
    world.stripe.change(id, paid)
    expect(await stateOf(person, id)).toBe('credited')
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('is credited when a crash came before the commit and the webhook comes again', async () => {
    const { person, id } = await startedPurchase()
    const session = world.stripe.change(id, paid)
    const crashing = world.database.db.transaction(async (tx) => {
      await settleSession(tx, session, 'paid')
      throw new Error('crash')
    })
    await expect(crashing).rejects.toThrow('crash')
    expect(await balanceCents(person)).toBe(0)
    await notify('checkout.session.completed', session, world.service())
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('is not credited again when a crash came after the commit, before the answer', async () => {
    const { person, id } = await startedPurchase()
    const session = world.stripe.change(id, paid)
    await settleSession(world.database.db, session, 'paid')
    await notify('checkout.session.completed', session, world.service())
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('is credited though its webhook was quicker than the answer to our own call', async () => {
    const person = await service.person()
    world.stripe.onSession = async (session) => {
      const sent = { ...session, status: 'complete', payment_status: 'paid' }
      await notify('checkout.session.completed', sent)
    }
    const { session_id } = await buy(person)
    expect(await balanceCents(person)).toBe(2_500)
    expect(await stateOf(person, session_id)).toBe('credited')
  })

  it('that confirms later is processing, then credited', async () => {
    const { person, id } = await startedPurchase()
    await notify('checkout.session.completed', world.stripe.change(id, unpaid))
    expect(await stateOf(person, id)).toBe('processing')
    expect(await balanceCents(person)).toBe(0)
    await notify('checkout.session.async_payment_succeeded', world.stripe.change(id, paid))
    expect(await stateOf(person, id)).toBe('credited')
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('whose confirmation arrives before its completion stays credited', async () => {
    const { person, id } = await startedPurchase()
    const early = { ...world.stripe.change(id, unpaid) }
    await notify('checkout.session.async_payment_succeeded', world.stripe.change(id, paid))
    await notify('checkout.session.completed', early)
    expect(await stateOf(person, id)).toBe('credited')
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('that fails later is failed, and stays so when its completion arrives last', async () => {
    const { person, id } = await startedPurchase()
    const session = world.stripe.change(id, unpaid)
    await notify('checkout.session.async_payment_failed', session)
    await notify('checkout.session.completed', session)
    expect(await stateOf(person, id)).toBe('failed')
    expect(await balanceCents(person)).toBe(0)
  })

  it('that failed is seen on asking when the webhook was lost', async () => {
    const { person, id } = await startedPurchase()
    await notify('checkout.session.completed', world.stripe.change(id, unpaid))
    const status = 'requires_payment_method'
    world.stripe.change(id, {
      payment_intent: { id: 'pi_1', object: 'payment_intent', status },
    })
    expect(await stateOf(person, id)).toBe('failed')
  })

  it.each([
    ['checkout.session.expired', { status: 'expired' }],
    ['checkout.session.async_payment_failed', { payment_status: 'unpaid' }],
    ['checkout.session.completed', { payment_status: 'unpaid' }],
  ] as const)('is not taken back by a late %s', async (type, change) => {
    const { person, id } = await startedPurchase()
    const session = world.stripe.change(id, paid)
    await notify('checkout.session.completed', session)
    await notify(type, { ...session, ...change })
    expect(await stateOf(person, id)).toBe('credited')
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('is credited even when an expiry arrived first', async () => {
    const { person, id } = await startedPurchase()
    await notify('checkout.session.expired', world.stripe.change(id, { status: 'expired' }))
    expect(await stateOf(person, id)).toBe('expired')
    await notify('checkout.session.completed', world.stripe.change(id, paid))
    expect(await stateOf(person, id)).toBe('credited')
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('is what Stripe took, not what was asked for', async () => {
    const { person, id } = await startedPurchase()
    const session = world.stripe.change(id, { ...paid, amount_total: 2_000 })
    await notify('checkout.session.completed', session)
    expect(await balanceCents(person)).toBe(2_000)
  })

  it('in another currency is not credited as dollars: it waits for a person, and says so', async () => {
    const { person, id } = await startedPurchase()
    const session = world.stripe.change(id, { ...paid, currency: 'jpy' })
    await notify('checkout.session.completed', session)
    expect(await balanceCents(person)).toBe(0)
    expect(await stateOf(person, id)).toBe('processing')
    expect(
      world.logLines.some((line) => line.includes('not in dollars') && line.includes(id)),
    ).toBe(true)
  })

  it('still shows as our record has it while Stripe cannot be asked', async () => {
    const { person, id } = await startedPurchase()
    world.stripe.failing = true
    expect(await stateOf(person, id)).toBe('open')
  })
})

describe('a webhook', () => {
  const session = { id: 'cs_x', metadata: {}, payment_status: 'paid' }

  it.each([
    [
      'signed with another secret',
      webhook('checkout.session.completed', session, { secret: 'whsec_other' }),
    ],
    [
      'signed an hour ago',
      webhook('checkout.session.completed', session, { timestampSeconds: 1_000 }),
    ],
    ['without a signature', { method: 'POST', body: '{}' }],
  ])('%s is refused', async (_, request) => {
    const response = await service.fetch('/webhooks/stripe', request)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'webhook-signature-invalid' })
  })

  it('whose body was changed by a single space is refused', async () => {
    const request = webhook('checkout.session.completed', session)
    const response = await service.fetch('/webhooks/stripe', {
      ...request,
      body: `${request.body} `,
    })
    expect(response.status).toBe(400)
  })

  it('for a session that is not ours is taken and left alone', async () => {
    await expect(notify('checkout.session.completed', session)).resolves.toBeUndefined()
  })

  it('that speaks of our purchase but of another session is left alone', async () => {
    const person = await service.person()
    const { session_id } = await buy(person)
    const foreign = { ...world.stripe.change(session_id, paid), id: 'cs_foreign' }
    await notify('checkout.session.completed', foreign)
    expect(await balanceCents(person)).toBe(0)
  })

  it('of a payment page’s intent is left to its session, without a warning', async () => {
    const { session_id } = await buy(await service.person())
    const metadata = world.stripe.sessions.get(session_id)?.metadata
    const intent = { id: 'pi_of_page', object: 'payment_intent', status: 'succeeded', metadata }
    const request = webhook('payment_intent.succeeded', intent)
    expect((await service.fetch('/webhooks/stripe', request)).status).toBe(200)
    const lines = world.logLines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.filter(({ subject }) => subject === 'pi_of_page')).toMatchObject([
      { level: pino.levels.values['debug'], msg: 'Stripe event of no concern to us.' },
    ])
  })

  it('of a type we do not use is taken', async () => {
    const request = webhook('invoice.created', { id: 'in_1' })
    expect((await service.fetch('/webhooks/stripe', request)).status).toBe(200)
  })
})

describe('the billing portal', () => {
  it('opens for the customer and comes back to where it was asked for', async () => {
    const person = await service.person()
    const return_url = 'http://127.0.0.1:8188/'
    const response = await person.post('/customers/billing', { return_url })
    const { billing_portal_url } = billingPortalSchema.parse(await response.json())
    expect(billing_portal_url).toMatch(/^https:\/\/billing\.example\.com\/cus_/)
    expect(world.stripe.calls.at(-1)?.params.get('return_url')).toBe(return_url)
  })

  it('opens without a body too', async () => {
    const response = await (await service.person()).post('/customers/billing')
    expect(response.status).toBe(200)
  })
})
