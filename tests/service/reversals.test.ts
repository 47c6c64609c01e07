import { desc, eq } from 'drizzle-orm'
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { balanceSchema, eventsPageSchema, purchaseSchema } from '@comfyui-credits/contract/schemas'
import { findAccount } from '../../service/customers/accounts.ts'
import { ledgerEntries, webhookEvents } from '../../service/database/schema.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'
import { chargeBody, disputeBody, sessionBody, type PaymentFacts } from './support/stripe-bodies.ts'
import { webhook } from './support/stripe-server.ts'

const CENTS = 2_500

let world: World
let services: readonly [Service, Service]
beforeAll(async () => {
  world = await openWorld()
  services = [world.service(), world.service()]
})
afterAll(() => world.close())

interface Bought extends PaymentFacts {
  readonly person: Person
}

/** Somebody at Stripe's payment page; Stripe knows the intent from then on. */
async function bought(person?: Person): Promise<Bought> {
  const buyer = person ?? (await services[0].person())
  const order = { amount_micros: CENTS * 10_000, currency: 'usd' }
  const response = await buyer.post('/customers/credit', order)
  const { session_id } = purchaseSchema.parse(await response.json())
  const sessionId = session_id ?? ''
  const metadata = world.stripe.sessions.get(sessionId)?.metadata ?? {}
  const [intentId, chargeId] = [`pi_${randomUUID()}`, `ch_${randomUUID()}`]
  const receipt_url = `https://pay.example.com/receipts/${chargeId}`
  world.stripe.intents.set(intentId, { metadata, latest_charge: { id: chargeId, receipt_url } })
  return { person: buyer, sessionId, intentId, chargeId, amountCents: CENTS, metadata }
}

interface Notification {
  readonly type: string
  readonly object: object
}

const completed = (facts: PaymentFacts): Notification => ({
  type: 'checkout.session.completed',
  object: sessionBody(facts),
})
const refunded = (facts: PaymentFacts, cents: number): Notification => ({
  type: 'charge.refunded',
  object: chargeBody(facts, cents),
})
type Outcome = 'won' | 'lost'
const dispute = (
  facts: PaymentFacts,
  id: string,
  outcome: Outcome,
): [Notification, Notification] => [
  {
    type: 'charge.dispute.created',
    object: disputeBody(facts, { id, status: 'needs_response' }),
  },
  { type: 'charge.dispute.closed', object: disputeBody(facts, { id, status: outcome }) },
]

async function notify({ type, object }: Notification, through = services[0]): Promise<number> {
  return (await through.fetch('/webhooks/stripe', webhook(type, object))).status
}

async function notifyAll(notifications: readonly Notification[]): Promise<void> {
  for (const each of notifications) expect(await notify(each)).toBe(200)
}

async function balanceCents(person: Person): Promise<number> {
  return balanceSchema.parse(await (await person.get('/customers/balance')).json()).amount_micros
}

async function eventsOf(person: Person) {
  const response = await person.get('/customers/events?limit=100')
  const { events } = eventsPageSchema.parse(await response.json())
  return events.map(({ event_type, params }) => ({ event_type, params }))
}

async function entriesOf(person: Person) {
  const account = await findAccount(world.database.db, person.subject)
  return world.database.db
    .select()
    .from(ledgerEntries)
    .where(eq(ledgerEntries.accountId, account?.id ?? ''))
    .orderBy(ledgerEntries.seq)
}

describe('a refund', () => {
  it('takes the credit of what went back, with an event that names the payment and says why', async () => {
    const facts = await bought()
    await notifyAll([completed(facts), refunded(facts, CENTS)])
    expect(await balanceCents(facts.person)).toBe(0)
    const [event] = await eventsOf(facts.person)
    const entry = (await entriesOf(facts.person)).at(-1)
    expect(event).toEqual({
      event_type: 'credit_refunded',
      params: {
        amount: -CENTS,
        transaction_id: entry?.id,
        reason: 'The payment was refunded.',
        session_id: facts.sessionId,
      },
    })
  })

  it('in parts takes each part once, however often its events arrive', async () => {
    const facts = await bought()
    const parts = [refunded(facts, 500), refunded(facts, 800), refunded(facts, CENTS)]
    await notifyAll([completed(facts), ...parts, ...parts.toReversed(), ...parts])
    const amounts = (await entriesOf(facts.person)).map(({ amountUsdMicros }) => amountUsdMicros)
    expect(amounts).toEqual([2_500, -500, -300, -1_700].map((cents) => cents * 10_000))
  })

  it('of credit that was spent leaves a negative balance', async () => {
    const facts = await bought()
    await notifyAll([completed(facts)])
    const call = { method: 'POST', body: '{}' }
    expect((await facts.person.fetch('/proxy/aurora/v1/edits', call)).status).toBe(200)
    await notifyAll([refunded(facts, CENTS)])
    expect(await balanceCents(facts.person)).toBe(-4)
    expect((await facts.person.fetch('/proxy/aurora/v1/edits', call)).status).toBe(402)
  })

  it('that arrives before the payment itself has the same result', async () => {
    const facts = await bought()
    await notifyAll([refunded(facts, 1_000), completed(facts)])
    expect(await balanceCents(facts.person)).toBe(1_500)
  })

  it('of a payment from before its metadata was on the charge is found by the session', async () => {
    const facts = await bought()
    world.stripe.intents.set(facts.intentId, { metadata: {}, latest_charge: null })
    const intent = { id: facts.intentId, object: 'payment_intent', status: 'succeeded' } as const
    world.stripe.change(facts.sessionId, { payment_intent: intent })
    await notifyAll([refunded({ ...facts, metadata: {} }, 1_000), completed(facts)])
    expect(await balanceCents(facts.person)).toBe(1_500)
  })

  it('of something that we never sold is taken and left alone', async () => {
    const facts = { ...(await bought()), intentId: 'pi_foreign', metadata: {} }
    world.stripe.intents.set('pi_foreign', { metadata: {}, latest_charge: null })
    await notifyAll([refunded(facts, CENTS)])
    expect(await balanceCents(facts.person)).toBe(0)
  })

  it('that names our order for another account is left alone', async () => {
    const facts = await bought()
    const metadata = { ...facts.metadata, account_id: randomUUID() }
    world.stripe.intents.set(facts.intentId, { metadata, latest_charge: null })
    await notifyAll([completed({ ...facts, metadata }), refunded({ ...facts, metadata }, CENTS)])
    expect(await entriesOf(facts.person)).toEqual([])
  })

  it('in another currency takes nothing, since nothing was given', async () => {
    const facts = { ...(await bought()), currency: 'jpy' }
    await notifyAll([completed(facts), refunded(facts, CENTS)])
    expect(await entriesOf(facts.person)).toEqual([])
  })

  it('waits while the payment it is of cannot be asked for', async () => {
    const facts = await bought()
    await notifyAll([completed({ ...facts, intentId: `pi_${randomUUID()}` })])
    world.stripe.failing = true
    const event = webhook('charge.refunded', chargeBody({ ...facts, metadata: {} }, CENTS))
    const deliver = async () => (await services[0].fetch('/webhooks/stripe', event)).status
    expect(await deliver()).toBe(200)
    expect(await balanceCents(facts.person)).toBe(CENTS)
    world.stripe.failing = false
    expect(await deliver()).toBe(200)
    expect(await balanceCents(facts.person)).toBe(0)
  })
})

describe('a dispute', () => {
  it('takes its amount at once, and gives it back when it is won', async () => {
    const facts = await bought()
    const [created, closed] = dispute(facts, `dp_${randomUUID()}`, 'won')
    await notifyAll([completed(facts), created])
    expect(await balanceCents(facts.person)).toBe(0)
    await notifyAll([closed])
    expect(await balanceCents(facts.person)).toBe(CENTS)
    const listed = (await eventsOf(facts.person)).slice(0, 2)
    expect(listed.map(({ event_type, params }) => [event_type, params?.['amount']])).toEqual([
      ['credit_disputed', CENTS],
      ['credit_disputed', -CENTS],
    ])
    expect(listed[1]?.params).toMatchObject({
      reason: 'The payment was disputed (fraudulent).',
      session_id: facts.sessionId,
    })
  })

  it('that is lost has taken for good', async () => {
    const facts = await bought()
    await notifyAll([completed(facts), ...dispute(facts, `dp_${randomUUID()}`, 'lost')])
    expect(await balanceCents(facts.person)).toBe(0)
    expect(await entriesOf(facts.person)).toHaveLength(2)
  })

  it.each(['won', 'lost'] as const)(
    '%s, with events in reverse, has the same result',
    async (outcome) => {
      const facts = await bought()
      const notifications = [completed(facts), ...dispute(facts, `dp_${randomUUID()}`, outcome)]
      await notifyAll(notifications.toReversed())
      expect(await balanceCents(facts.person)).toBe(outcome === 'won' ? CENTS : 0)
    },
  )

  it.each(['warning_needs_response', 'warning_closed', 'prevented'] as const)(
    'that is %s takes nothing',
    async (status) => {
      const facts = await bought()
      const object = disputeBody(facts, { id: `dp_${randomUUID()}`, status })
      await notifyAll([completed(facts), { type: 'charge.dispute.created', object }])
      expect(await balanceCents(facts.person)).toBe(CENTS)
    },
  )

  it('that grew out of an inquiry takes when the money is taken', async () => {
    const facts = await bought()
    const id = `dp_${randomUUID()}`
    const inquiry = disputeBody(facts, { id, status: 'warning_under_review' })
    const grown = disputeBody(facts, { id, status: 'needs_response' })
    await notifyAll([
      completed(facts),
      { type: 'charge.dispute.created', object: inquiry },
      { type: 'charge.dispute.funds_withdrawn', object: grown },
    ])
    expect(await balanceCents(facts.person)).toBe(0)
  })

  it('gives back when only the return of the funds is reported', async () => {
    const facts = await bought()
    const id = `dp_${randomUUID()}`
    const [created] = dispute(facts, id, 'won')
    const object = disputeBody(facts, { id, status: 'won' })
    const reinstated = { type: 'charge.dispute.funds_reinstated', object }
    await notifyAll([completed(facts), created, reinstated])
    expect(await balanceCents(facts.person)).toBe(CENTS)
  })

  it('known only by the return of its funds stands in the ledger, taken and given back', async () => {
    const facts = await bought()
    const object = disputeBody(facts, { id: `dp_${randomUUID()}`, status: 'won' })
    const reinstated = { type: 'charge.dispute.funds_reinstated', object }
    await notifyAll([completed(facts), reinstated, reinstated])
    const amounts = (await entriesOf(facts.person)).map(({ amountUsdMicros }) => amountUsdMicros)
    expect(amounts).toEqual([CENTS, -CENTS, CENTS].map((cents) => cents * 10_000))
  })

  it('gives back what it took, though its amount is another by then', async () => {
    const facts = await bought()
    const id = `dp_${randomUUID()}`
    const [created] = dispute(facts, id, 'won')
    const object = disputeBody(facts, { id, status: 'won', amountCents: 2_400 })
    await notifyAll([completed(facts), created, { type: 'charge.dispute.closed', object }])
    expect(await balanceCents(facts.person)).toBe(CENTS)
  })
})

/** What happens to one payment, and what the ledger must come to. */
const fate = fc.record({
  refundsCents: fc.uniqueArray(fc.integer({ min: 1, max: CENTS }), { maxLength: 3 }),
  disputes: fc.array(fc.constantFrom<Outcome>('won', 'lost'), { maxLength: 2 }),
})
type Fate = typeof fate extends fc.Arbitrary<infer T> ? T : never

function notificationsOf(facts: PaymentFacts, { refundsCents, disputes }: Fate): Notification[] {
  return [
    completed(facts),
    ...refundsCents.map((cents) => refunded(facts, cents)),
    ...disputes.flatMap((outcome) => dispute(facts, `dp_${randomUUID()}`, outcome)),
  ]
}

function owedCents({ refundsCents, disputes }: Fate): number {
  const lost = disputes.filter((outcome) => outcome === 'lost').length
  return CENTS - Math.max(0, ...refundsCents) - lost * CENTS
}

/** Each notification at least once, and any of them again, in any order. */
function deliveries(
  notifications: readonly Notification[],
  seeds: readonly number[],
): Notification[] {
  const again = seeds.map((seed) => notifications[seed % notifications.length])
  const all = [...notifications, ...again].flatMap((each) => each ?? [])
  const order = all.map((_, index) => seeds[index % seeds.length] ?? index)
  return all
    .map((each, index) => ({ each, rank: ((order[index] ?? 0) * (index + 1)) % 9_973 }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ each }) => each)
}

const seeds = fc.array(fc.nat({ max: 9_972 }), { minLength: 1, maxLength: 12 })

async function expectSettled(person: Person, fates: readonly Fate[]): Promise<void> {
  const owed = fates.reduce((sum, each) => sum + owedCents(each), 0)
  expect(await balanceCents(person)).toBe(owed)
  const entries = await entriesOf(person)
  const granted = entries.filter(({ kind }) => kind === 'top_up')
  expect(granted).toHaveLength(fates.length)
  const events = await eventsOf(person)
  const amounts = events.flatMap(({ params }) => params?.['amount'] ?? [])
  expect(amounts.toSorted()).toEqual(
    entries.map(({ amountUsdMicros }) => amountUsdMicros / 10_000).toSorted(),
  )
}

describe('grant − refunds − disputes', () => {
  it('equals the ledger’s sum, in any order and number of events', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { minLength: 1, maxLength: 2 }),
        seeds,
        async (fates, mix) => {
          const person = await services[0].person()
          const notifications: Notification[] = []
          for (const each of fates)
            notifications.push(...notificationsOf(await bought(person), each))
          await notifyAll(deliveries(notifications, mix))
          await expectSettled(person, fates)
        },
      ),
      { numRuns: 25 },
    )
  }, 60_000)

  it('is the same when two instances get every event twice at once', async () => {
    await fc.assert(
      fc.asyncProperty(fate, async (each) => {
        const facts = await bought()
        const notifications = notificationsOf(facts, each)
        const answers = await Promise.all(
          notifications.flatMap((one) => services.map((service) => notify(one, service))),
        )
        expect(new Set(answers)).toEqual(new Set([200]))
        await expectSettled(facts.person, [each])
      }),
      { numRuns: 15 },
    )
  }, 60_000)
})

it.each([
  ['a refund', (facts: Bought) => refunded(facts, -500)],
  ['a refund of part of a cent', (facts: Bought) => refunded(facts, 0.5)],
  [
    'a dispute',
    (facts: Bought) => ({
      type: 'charge.dispute.created',
      object: disputeBody(facts, { id: 'dp_below', status: 'lost', amountCents: -500 }),
    }),
  ],
])('%s of an amount that cannot be gives no credits, and is not tried again', async (_, event) => {
  const facts = await bought()
  await notifyAll([completed(facts), event(facts)])
  expect(await balanceCents(facts.person)).toBe(CENTS)
  const [last] = await world.database.db
    .select()
    .from(webhookEvents)
    .where(eq(webhookEvents.payment, facts.intentId))
    .orderBy(desc(webhookEvents.receivedAt))
  expect(last).toMatchObject({ outcome: 'unusable' })
})
