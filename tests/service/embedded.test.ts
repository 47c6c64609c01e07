import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import {
  balanceSchema,
  checkoutStatusSchema,
  embeddedPurchaseSchema,
  eventsPageSchema,
  purchaseSchema,
} from '@comfyui-credits/contract/schemas'
import { workspaceBalanceSchema } from '@comfyui-credits/contract/billing'
import { ledgerEntries, purchases } from '../../service/database/schema.ts'
import type { Caller, Person, Service, World } from './support/service.ts'
import { standInTests } from './support/stand-in-tests.ts'
import type { StandIn } from './support/stand-in.ts'
import { newTeam } from './support/teams.ts'

const ORDER = { amount_micros: 25_000_000, currency: 'usd' }
const RETURN_URL = 'http://127.0.0.1:8188/return.html?purchase=1'

let world: World
let standIn: StandIn
let service: Service
standInTests((opened) => {
  ;({ world, standIn, service } = opened)
})

const withKey = (key: string) => ({ 'Idempotency-Key': key })

const askEmbedded = (person: Caller, key: string, order: object = ORDER) =>
  person.post('/customers/credit/embedded', order, withKey(key))

async function embed(person: Caller, key: string) {
  const response = await askEmbedded(person, key)
  expect(response.status).toBe(201)
  return embeddedPurchaseSchema.parse(await response.json())
}

/** The way out of the same purchase. */
const askPage = (person: Caller, key: string, order: object = ORDER) =>
  person.post('/customers/credit', { ...order, return_url: RETURN_URL }, withKey(key))

async function toPage(person: Caller, key: string) {
  const response = await askPage(person, key)
  expect(response.status).toBe(201)
  return purchaseSchema.parse(await response.json())
}

const CARD = new URLSearchParams({
  action: 'continue',
  email: 'a@example.com',
  number: '4242 4242 4242 4242',
})

/** Presses Pay inside the page. */
function payInside({ client_secret, publishable_key }: Record<string, unknown>) {
  const query = new URLSearchParams({ key: String(publishable_key), secret: String(client_secret) })
  return fetch(`${standIn.pages}/c/embedded?${query}`, { method: 'POST', body: CARD })
}

const payOnPage = (url: string) => fetch(url, { method: 'POST', body: CARD, redirect: 'manual' })

async function balanceCents(person: Caller): Promise<number> {
  return balanceSchema.parse(await (await person.get('/customers/balance')).json()).amount_micros
}

async function statusOf(person: Caller, sessionId: string) {
  const response = await person.get(`/customers/credit/${sessionId}`)
  return checkoutStatusSchema.parse(await response.json())
}

async function creditEvents(person: Caller) {
  const response = await person.get('/customers/events?filter=credit_added')
  return eventsPageSchema.parse(await response.json()).events
}

/** All sessions that Stripe has for the purchases of a person. */
async function sessionsOf(person: Person) {
  const [first] = await creditedOrOpen(person)
  const customer = first?.customer
  if (typeof customer !== 'string') throw new Error('No customer at Stripe.')
  return (await standIn.client.checkout.sessions.list({ customer, limit: 100 })).data
}

async function creditedOrOpen(person: Person) {
  const { id } = (await (await person.post('/customers', {})).json()) as { id: string }
  const rows = await world.database.db.select().from(purchases).where(eq(purchases.accountId, id))
  return Promise.all(
    rows.flatMap(({ sessionId }) =>
      sessionId === null ? [] : [standIn.client.checkout.sessions.retrieve(sessionId)],
    ),
  )
}

describe('a purchase that is paid inside the page', () => {
  it('hands out what Stripe.js needs, and has no page and no redirect', async () => {
    const person = await service.person()
    const { session_id, ...handed } = await embed(person, randomUUID())
    expect(handed).toEqual({
      client_secret: expect.stringMatching(new RegExp(`^${session_id}_secret_`)),
      publishable_key: 'pk_test_sandbox',
    })
    expect(await standIn.client.checkout.sessions.retrieve(session_id)).toMatchObject({
      ui_mode: 'embedded_page',
      redirect_on_completion: 'never',
      payment_method_types: ['card'],
      url: null,
      success_url: null,
    })
  })

  it('is credited once, by its webhook or by being asked about', async () => {
    const person = await service.person()
    standIn.service = service
    const embedded = await embed(person, randomUUID())
    const before = standIn.deliveries.length
    await payInside(embedded)
    expect(await statusOf(person, embedded.session_id)).toMatchObject({
      state: 'credited',
      amount_micros: 25_000_000,
      receipt_url: expect.stringContaining('/receipts/'),
    })
    await standIn.delivered(before + 1)
    expect(await balanceCents(person)).toBe(2_500)
    expect(await creditEvents(person)).toHaveLength(1)
  })

  it('is the same one by the same key, also for two at once and when an answer was lost', async () => {
    const person = await service.person()
    const key = randomUUID()
    let lost = 0
    standIn.trouble = (method, path) =>
      method === 'POST' && path === '/v1/checkout/sessions' && (lost += 1) === 1 ? 'lose' : null
    const [one, other] = await Promise.all([embed(person, key), embed(person, key)])
    expect(other).toEqual(one)
    expect(await embed(person, key)).toEqual(one)
    expect(await sessionsOf(person)).toHaveLength(1)
  })

  it('is handed out no more when it was paid, and then is credited', async () => {
    const person = await service.person()
    const key = randomUUID()
    await payInside(await embed(person, key))
    const response = await askEmbedded(person, key)
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ code: 'conflict' })
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('needs a key, dollars and an amount that is sold', async () => {
    const person = await service.person()
    expect((await person.post('/customers/credit/embedded', ORDER)).status).toBe(400)
    for (const wrong of [{ currency: 'eur' }, { amount_micros: 1_000_000 }]) {
      const response = await askEmbedded(person, randomUUID(), { ...ORDER, ...wrong })
      expect(response.status).toBe(400)
    }
  })

  it('is another purchase than one of another amount, or one with a page', async () => {
    const person = await service.person()
    const [key, ofPage] = [randomUUID(), randomUUID()]
    await embed(person, key)
    await toPage(person, ofPage)
    for (const response of [
      await askEmbedded(person, key, { ...ORDER, amount_micros: 30_000_000 }),
      await askPage(person, key, { ...ORDER, amount_micros: 30_000_000 }),
      await askEmbedded(person, ofPage),
    ]) {
      expect(response.status).toBe(409)
      expect(await response.json()).toMatchObject({ code: 'idempotency-key-reused' })
    }
  })
})

describe('the way out to a payment page', () => {
  it('ends the embedded one before there is a page, and is credited by that', async () => {
    const person = await service.person()
    const key = randomUUID()
    const embedded = await embed(person, key)
    const order: string[] = []
    standIn.trouble = (method, path) => {
      if (method === 'POST' && path.startsWith('/v1/checkout/sessions')) order.push(path)
      return null
    }
    const page = await toPage(person, key)
    expect(order).toEqual([
      `/v1/checkout/sessions/${embedded.session_id}/expire`,
      '/v1/checkout/sessions',
    ])
    expect(page.session_id).not.toBe(embedded.session_id)
    expect((await payInside(embedded)).url).toContain('/c/embedded')
    expect(await balanceCents(person)).toBe(0)
    await payOnPage(page.checkout_url)
    expect(await statusOf(person, page.session_id ?? '')).toMatchObject({ state: 'credited' })
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('is stated by either session, from before the page exists until after it was paid', async () => {
    const person = await service.person()
    const key = randomUUID()
    const { session_id } = await embed(person, key)
    let ended = false
    standIn.trouble = (method, path) => {
      if (path.endsWith('/expire')) ended = true
      return ended && method === 'POST' && path === '/v1/checkout/sessions' ? 'ignore' : null
    }
    expect((await askPage(person, key)).status).toBe(502)
    // Never "expired", which would be the end: the page can still be had.
    expect(await statusOf(person, session_id)).toMatchObject({ state: 'open' })
    standIn.trouble = null
    const page = await toPage(person, key)
    expect(await statusOf(person, session_id)).toMatchObject({ state: 'open' })
    await payOnPage(page.checkout_url)
    expect(await statusOf(person, session_id)).toMatchObject({
      state: 'credited',
      receipt_url: expect.stringContaining('/receipts/'),
    })
    expect(await creditEvents(person)).toHaveLength(1)
  })

  it('is refused, and nothing is created, when it was paid inside at that very moment', async () => {
    const person = await service.person()
    const key = randomUUID()
    const embedded = await embed(person, key)
    standIn.trouble = async (_method, path) => {
      if (path.endsWith('/expire')) await payInside(embedded)
      return null
    }
    for (const response of [await askPage(person, key), await askPage(person, key)]) {
      expect(response.status).toBe(409)
      expect(await response.json()).toMatchObject({ code: 'conflict' })
    }
    expect(await sessionsOf(person)).toHaveLength(1)
    expect(await statusOf(person, embedded.session_id)).toMatchObject({ state: 'credited' })
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('waits until Stripe says that the embedded one has ended', async () => {
    const person = await service.person()
    const key = randomUUID()
    const embedded = await embed(person, key)
    standIn.trouble = (_method, path) => (path.endsWith('/expire') ? 'ignore' : null)
    expect((await askPage(person, key)).status).toBe(502)
    expect(await sessionsOf(person)).toHaveLength(1)
    // It has been replaced, so it is no longer handed out, but an open page may still pay.
    standIn.trouble = null
    expect((await askEmbedded(person, key)).status).toBe(409)
    const page = await toPage(person, key)
    await payInside(embedded)
    await payOnPage(page.checkout_url)
    expect(await balanceCents(person)).toBe(0)
    expect(await statusOf(person, embedded.session_id)).toMatchObject({ state: 'credited' })
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('finds an embedded one whose creation got no answer', async () => {
    const person = await service.person()
    const key = randomUUID()
    standIn.trouble = (method, path) =>
      method === 'POST' && path === '/v1/checkout/sessions' ? 'lose' : null
    expect((await askEmbedded(person, key)).status).toBe(502)
    standIn.trouble = null
    await toPage(person, key)
    const sessions = await sessionsOf(person)
    expect(sessions.map(({ status }) => status).toSorted()).toEqual(['expired', 'open'])
  })

  it('is one page for two that want it at once, and while the embedded one is asked for too', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await service.person()
      const key = randomUUID()
      await Promise.all([
        askEmbedded(person, key),
        askPage(person, key),
        askEmbedded(person, key),
        askPage(person, key),
      ])
      await askPage(person, key)
      const open = (await sessionsOf(person)).filter(({ status }) => status === 'open')
      expect(open).toHaveLength(1)
    }
  })

  it('is credited once, wherever it is paid and however often events arrive', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await service.person()
      const key = randomUUID()
      standIn.service = service
      await standIn.faults({ webhook_double_next: 3 })
      const embedded = await embed(person, key)
      await Promise.all([payInside(embedded), askPage(person, key), askPage(person, key)])
      const response = await askPage(person, key)
      if (response.status === 201) {
        await payOnPage(purchaseSchema.parse(await response.json()).checkout_url)
      }
      await Promise.all(Array.from({ length: 3 }, () => statusOf(person, embedded.session_id)))
      expect(await statusOf(person, embedded.session_id)).toMatchObject({ state: 'credited' })
      expect(await balanceCents(person)).toBe(2_500)
      const entries = await world.database.db.select().from(ledgerEntries)
      const paid = (await sessionsOf(person)).filter((one) => one.payment_status === 'paid')
      expect(paid).toHaveLength(1)
      expect(entries.filter(({ reference }) => reference === paid[0]?.id)).toHaveLength(1)
    }
  })
})

describe('paying inside the page', () => {
  it('is offered only where there is a key for it', async () => {
    const without = world.service('extended', standIn.url, null)
    const plain = world.service('plain', standIn.url)
    for (const other of [without, plain]) {
      const person = await other.person(1_000_000)
      const { features } = balanceSchema.parse(
        await (await person.get('/customers/balance')).json(),
      )
      expect(features ?? []).not.toContain('embedded_checkout')
      expect((await askEmbedded(person, randomUUID())).status).toBe(404)
    }
    const person = await service.person(1_000_000)
    const { features } = balanceSchema.parse(await (await person.get('/customers/balance')).json())
    expect(features).toContain('embedded_checkout')
  })

  it('is for a workspace too, saves the card, and is for owners only', async () => {
    const { asOwner, asMember } = await newTeam(world, service)
    const order = { amount_cents: 1_000, idempotency_key: randomUUID() }
    const path = '/api/billing/topup/checkout/embedded'
    expect((await asMember.post(path, order)).status).toBe(403)
    const embedded = embeddedPurchaseSchema.parse(await (await asOwner.post(path, order)).json())
    await payInside(embedded)
    const status = await asOwner.get(`/api/billing/topup/checkout/${embedded.session_id}`)
    expect(await status.json()).toMatchObject({ state: 'credited' })
    const balance = await asOwner.get('/api/billing/balance')
    expect(workspaceBalanceSchema.parse(await balance.json()).amount_micros).toBe(1_000)
    expect(await (await asOwner.get('/api/billing/payment-methods')).json()).toHaveLength(1)
  })

  it('of a workspace has the same way out', async () => {
    const { asOwner } = await newTeam(world, service)
    const order = { amount_cents: 1_000, idempotency_key: randomUUID() }
    await asOwner.post('/api/billing/topup/checkout/embedded', order)
    const page = await asOwner.post('/api/billing/topup/checkout', {
      ...order,
      return_url: RETURN_URL,
    })
    expect(page.status).toBe(200)
    expect(await page.json()).toMatchObject({ checkout_url: expect.stringContaining('/c/pay/') })
  })
})
