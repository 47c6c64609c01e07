import { eq, sql } from 'drizzle-orm'
import { readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { balanceSchema, purchaseSchema } from '@comfyui-credits/contract/schemas'
import { audit } from '../../service/audit/audit.ts'
import { webhookEvents } from '../../service/database/schema.ts'
import {
  deleteOldBodies,
  findEvent,
  listEventProblems,
  processInbox,
  replayEvent,
} from '../../service/purchases/inbox.ts'
import { stripeEvents } from '../../service/purchases/stripe-events.ts'
import { createStripe, livemodeOf } from '../../service/purchases/stripe.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'
import { chargeBody, sessionBody, type PaymentFacts } from './support/stripe-bodies.ts'
import { webhook } from './support/stripe-server.ts'

const CENTS = 2_500

let world: World
let services: readonly [Service, Service]
beforeAll(async () => {
  world = await openWorld()
  services = [world.service(), world.service()]
})
afterAll(() => world.close())
beforeEach(() => {
  world.stripe.failing = false
})

interface Bought extends PaymentFacts {
  readonly person: Person
}

async function bought(): Promise<Bought> {
  const person = await services[0].person()
  const order = { amount_micros: CENTS * 10_000, currency: 'usd' }
  const response = await person.post('/customers/credit', order)
  const sessionId = purchaseSchema.parse(await response.json()).session_id ?? ''
  const metadata = world.stripe.sessions.get(sessionId)?.metadata ?? {}
  const [intentId, chargeId] = [`pi_${randomUUID()}`, `ch_${randomUUID()}`]
  world.stripe.intents.set(intentId, { metadata, latest_charge: null })
  return { person, sessionId, intentId, chargeId, amountCents: CENTS, metadata }
}

type Delivery = ReturnType<typeof webhook>
const paid = (facts: PaymentFacts) => webhook('checkout.session.completed', sessionBody(facts))
const idOf = ({ body }: Delivery): string => (JSON.parse(body) as { id: string }).id

async function deliver(event: Delivery, through = services[0]): Promise<void> {
  expect((await through.fetch('/webhooks/stripe', event)).status).toBe(200)
}

const stored = (event: Delivery) => findEvent(world.database.db, idOf(event))

async function cents(person: Person): Promise<number> {
  return balanceSchema.parse(await (await person.get('/customers/balance')).json()).amount_micros
}

const log = pino({ level: 'silent' })
const round = (livemode: boolean | null = false) =>
  processInbox({
    db: world.database.db,
    stripe: createStripe({ secretKey: 'sk_test_sandbox', apiBase: world.stripe.url }),
    log,
    livemode,
  })

/** As if the time until its next attempt had passed. */
async function letPass(event: Delivery): Promise<void> {
  await world.database.db
    .update(webhookEvents)
    .set({ nextAttemptAt: new Date(0) })
    .where(eq(webhookEvents.id, idOf(event)))
}

/** An event by a signed body that was changed before it was signed. */
function changed(event: Delivery, change: object): Delivery {
  const { type, data } = JSON.parse(event.body) as { type: string; data: { object: object } }
  return webhook(type, data.object, {}, change)
}

describe('an event of Stripe', () => {
  it('is stored as it came, with what became of it', async () => {
    const facts = await bought()
    const event = paid(facts)
    await deliver(event)
    expect(await stored(event)).toMatchObject({
      type: 'checkout.session.completed',
      subject: facts.sessionId,
      payment: facts.intentId,
      livemode: false,
      payload: event.body,
      outcome: 'credited',
      attempts: 1,
      lastError: null,
    })
    expect(await cents(facts.person)).toBe(CENTS)
  })

  it('is one event, however often and wherever it is delivered', async () => {
    const facts = await bought()
    const event = paid(facts)
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => deliver(event, services[i % 2 === 0 ? 0 : 1])),
    )
    expect(await stored(event)).toMatchObject({ outcome: 'credited', attempts: 1 })
    expect(await cents(facts.person)).toBe(CENTS)
  })

  it('that cannot be processed is taken all the same, tried again by the clock, and listed until then', async () => {
    const facts = await bought()
    await deliver(paid({ ...facts, intentId: `pi_${randomUUID()}` }))
    world.stripe.failing = true
    const event = webhook('charge.refunded', chargeBody({ ...facts, metadata: {} }, CENTS))
    await deliver(event)
    expect(await stored(event)).toMatchObject({ outcome: null, attempts: 1 })
    expect((await stored(event)).lastError).toContain('payment provider')
    // Not at once.
    await round()
    expect(await stored(event)).toMatchObject({ attempts: 1 })
    await letPass(event)
    await round()
    expect(await stored(event)).toMatchObject({ outcome: null, attempts: 2 })
    const listed = await listEventProblems(world.database.db, 100)
    expect(listed.map(({ id }) => id)).toContain(idOf(event))
    world.stripe.failing = false
    await letPass(event)
    await Promise.all([round(), round()])
    expect(await stored(event)).toMatchObject({ outcome: 'written', attempts: 3 })
    expect(await cents(facts.person)).toBe(0)
  })

  it('of a payment that failed is processed, and nothing for a person', async () => {
    const facts = await bought()
    const event = webhook(
      'checkout.session.async_payment_failed',
      sessionBody(facts, { payment_status: 'unpaid' }),
    )
    await deliver(event)
    expect(await stored(event)).toMatchObject({ outcome: 'not-paid', attempts: 1 })
    const listed = await listEventProblems(world.database.db, 100)
    expect(listed.map(({ id }) => id)).not.toContain(idOf(event))
  })

  it('is given up on in the end, and processed when it is replayed', async () => {
    const { db } = world.database
    const facts = await bought()
    await deliver(paid({ ...facts, intentId: `pi_${randomUUID()}` }))
    world.stripe.failing = true
    const event = webhook('charge.refunded', chargeBody({ ...facts, metadata: {} }, CENTS))
    await deliver(event)
    await db
      .update(webhookEvents)
      .set({ attempts: 26 })
      .where(eq(webhookEvents.id, idOf(event)))
    await letPass(event)
    await round()
    expect(await stored(event)).toMatchObject({ outcome: 'failed', attempts: 27 })
    world.stripe.failing = false
    await deliver(event)
    expect(await cents(facts.person)).toBe(CENTS)
    await replayEvent(db, idOf(event))
    await round()
    expect(await stored(event)).toMatchObject({ outcome: 'written', attempts: 1 })
    expect(await cents(facts.person)).toBe(0)
    // Again, which changes nothing.
    await replayEvent(db, idOf(event))
    await round()
    expect(await stored(event)).toMatchObject({ outcome: 'known' })
    expect(await cents(facts.person)).toBe(0)
    await expect(replayEvent(db, 'evt_none')).rejects.toThrow('no such event')
  })

  it('whose process died is processed by the next round, and before what came later', async () => {
    const facts = await bought()
    const [first, second] = [paid(facts), webhook('charge.refunded', chargeBody(facts, CENTS))]
    await deliver(first)
    await replayEvent(world.database.db, idOf(first))
    // As claimed by a process that is gone, a second before its claim ends.
    await world.database.db
      .update(webhookEvents)
      .set({ attempts: 1, nextAttemptAt: sql`clock_timestamp() + interval '1 second'` })
      .where(eq(webhookEvents.id, idOf(first)))
    await deliver(second)
    const [before, after] = [await stored(first), await stored(second)]
    expect(before).toMatchObject({ outcome: 'credited', attempts: 2 })
    expect(after).toMatchObject({ outcome: 'written' })
    expect(before.processedAt?.getTime()).toBeLessThan(after.processedAt?.getTime() ?? 0)
    expect(await cents(facts.person)).toBe(0)
  })

  it('of the other mode than the key is stored, and not processed', async () => {
    const facts = await bought()
    const event = changed(paid(facts), { livemode: true })
    await deliver(event)
    expect(await stored(event)).toMatchObject({ livemode: true, outcome: 'wrong-mode' })
    expect(await cents(facts.person)).toBe(0)
  })

  it.each([
    ['in another currency', 'unusable', (facts: Bought) => ({ ...facts, currency: 'jpy' })],
    ['of part of a cent', 'unusable', (facts: Bought) => ({ ...facts, amountCents: 12.5 })],
    ['below zero', 'unusable', (facts: Bought) => ({ ...facts, amountCents: -CENTS })],
    ['beyond all money', 'unusable', (facts: Bought) => ({ ...facts, amountCents: 1e13 })],
    ['that is no number', 'unusable', (facts: Bought) => ({ ...facts, amountCents: NaN })],
    [
      'for an account we do not have',
      'foreign',
      (facts: Bought) => ({ ...facts, metadata: { ...facts.metadata, account_id: randomUUID() } }),
    ],
  ])('of a payment %s is listed as %s', async (_, outcome, change) => {
    const facts = await bought()
    const event = paid(change(facts))
    await deliver(event)
    expect(await cents(facts.person)).toBe(0)
    const listed = await listEventProblems(world.database.db, 100)
    expect(listed.find(({ id }) => id === idOf(event))).toMatchObject({ outcome })
    expect(await audit(world.database.db)).toEqual([])
  })
})

it('a payment that another purchase has is foreign, and does not disturb its status', async () => {
  const [first, second] = [await bought(), await bought()]
  await deliver(paid(first))
  const event = paid({ ...second, intentId: first.intentId })
  await deliver(event)
  expect(await stored(event)).toMatchObject({ outcome: 'foreign' })
  const session = sessionBody({ ...second, intentId: first.intentId })
  Object.assign(world.stripe.change(second.sessionId, {}), session)
  const status = await second.person.get(`/customers/credit/${second.sessionId}`)
  expect(await status.json()).toMatchObject({ state: 'open' })
  expect(await cents(second.person)).toBe(0)
})

describe('what is signed and no event', () => {
  const charge = { id: 'ch_1', payment_intent: null }
  it.each<[string, object]>([
    ['without an id', { id: undefined }],
    ['with a NUL in its id', { id: 'evt_\0' }],
    ['without a date', { created: undefined }],
    ['of a date beyond all dates', { created: 1e300 }],
    ['that does not say its mode', { livemode: 'yes' }],
    ['without data', { data: undefined }],
    ['without an object', { data: { object: null } }],
    ['of an object with a NUL in its id', { data: { object: { ...charge, id: 'ch_\0' } } }],
    ['of the newer kind, which has no data', { object: 'v2.core.event' }],
    ['of a payment that is no id', { data: { object: { ...charge, payment_intent: 5 } } }],
  ])('%s is refused, and not stored', async (_, change) => {
    const before = await world.database.db.$count(webhookEvents)
    const event = webhook('charge.refunded', charge, {}, change)
    const response = await services[0].fetch('/webhooks/stripe', event)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'bad-request' })
    expect(await world.database.db.$count(webhookEvents)).toBe(before)
  })
})

it.each([
  ['sk_test_1', false],
  ['rk_live_1', true],
  ['something', null],
])('the key %s has livemode %s', (key, livemode) => {
  expect(livemodeOf(key)).toBe(livemode)
})

it('README.md lists the events that are handled, and no other', () => {
  const readme = readFileSync('service/README.md', 'utf8')
  const sentence = /its events are (?<list>.+?)\. /.exec(readme)?.groups?.['list'] ?? ''
  const listed = [...sentence.matchAll(/`([\w.]+)`/g)].map(([, type]) => type)
  expect(listed).toEqual(Object.keys(stripeEvents))
})

describe('the body of an event', () => {
  const age = (event: Delivery, days: number) =>
    world.database.db
      .update(webhookEvents)
      .set({ processedAt: sql`now() - make_interval(days => ${days})` })
      .where(eq(webhookEvents.id, idOf(event)))

  it('is deleted some time after it was processed, and nothing else of it', async () => {
    const event = paid(await bought())
    await deliver(event)
    const before = await stored(event)
    await age(event, 89)
    await deleteOldBodies(world.database.db, 90)
    expect((await stored(event)).payload).toBe(event.body)
    await age(event, 91)
    expect(await deleteOldBodies(world.database.db, 90)).toBeGreaterThan(0)
    const { processedAt, ...after } = await stored(event)
    expect(processedAt).toBeInstanceOf(Date)
    expect(after).toMatchObject({
      ...Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'processedAt')),
      payload: null,
    })
    await expect(replayEvent(world.database.db, idOf(event))).rejects.toMatchObject({
      code: 'conflict',
    })
    // Delivered again, it is the same event, and changes nothing.
    await deliver(event)
    expect(await stored(event)).toMatchObject({ outcome: before.outcome, payload: null })
  })

  it('stays while it waits, and where a person should see it', async () => {
    const foreign = webhook('charge.refunded', {
      ...chargeBody({ ...(await bought()), metadata: { account_id: randomUUID() } }, CENTS),
    })
    const waiting = paid(await bought())
    await deliver(foreign)
    await deliver(waiting)
    await world.database.db
      .update(webhookEvents)
      .set({ outcome: null, processedAt: null, nextAttemptAt: sql`now() + interval '1 hour'` })
      .where(eq(webhookEvents.id, idOf(waiting)))
    await world.database.db
      .update(webhookEvents)
      .set({ outcome: 'foreign', processedAt: sql`now() - interval '9 years'` })
      .where(eq(webhookEvents.id, idOf(foreign)))
    await deleteOldBodies(world.database.db, 1)
    expect((await stored(foreign)).payload).toBe(foreign.body)
    expect((await stored(waiting)).payload).toBe(waiting.body)
    await replayEvent(world.database.db, idOf(waiting))
  })
})
