import { pino } from 'pino'
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  balanceSchema,
  checkoutStatusSchema,
  purchaseSchema,
} from '@comfyui-credits/contract/schemas'
import { locks } from '../../service/database/locks.ts'
import { purchases } from '../../service/database/schema.ts'
import { reconciliationSchema } from '../../service/reconciliation/difference.ts'
import { startReconciler } from '../../service/reconciliation/reconciler.ts'
import { serverUrl } from './support/database.ts'
import { ADMIN_TOKEN, type Person, type Service, type World } from './support/service.ts'
import { standInTests } from './support/stand-in-tests.ts'
import type { StandIn } from './support/stand-in.ts'
import { webhook } from './support/stripe-server.ts'

/** Against the sandbox's Stripe, whose webhooks go nowhere unless a test connects them. */

let world: World
let standIn: StandIn
let service: Service
standInTests((opened) => {
  ;({ world, standIn, service } = opened)
})

async function buy(person: Person): Promise<{ page: string; id: string }> {
  const order = { amount_micros: 25_000_000, currency: 'usd' }
  const response = await person.post('/customers/credit', order)
  const { checkout_url, session_id } = purchaseSchema.parse(await response.json())
  return { page: checkout_url, id: session_id ?? '' }
}

async function pay(page: string): Promise<void> {
  const form = { action: 'continue', method: 'card', number: '4242424242424242' }
  const body = new URLSearchParams({ ...form, email: 'user@example.com' })
  expect((await fetch(page, { method: 'POST', redirect: 'manual', body })).status).toBe(303)
}

/** Bought and paid; Stripe's charge of it. */
async function paid(person: Person) {
  const { page, id } = await buy(person)
  await pay(page)
  const session = await standIn.client.checkout.sessions.retrieve(id, {
    expand: ['payment_intent.latest_charge'],
  })
  const intent = session.payment_intent
  const charge = intent !== null && typeof intent === 'object' ? intent.latest_charge : null
  if (charge === null || typeof charge === 'string') throw new Error('Nothing was charged.')
  return { id, session, charge }
}

/** A session made at Stripe without us, with what it says of itself. */
async function foreignSession(metadata: Record<string, string>, currency = 'usd') {
  const price_data = { currency, unit_amount: 2_500, product_data: { name: 'Credits' } }
  const { id, url } = await standIn.client.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ quantity: 1, price_data }],
    success_url: 'https://shop.example.com/',
    metadata,
  })
  return { id, page: url ?? '' }
}

/** As when somebody has edited our records, or restored an old copy of them. */
async function replaceSession(id: string, sessionId: string): Promise<void> {
  const { db } = world.database
  await db.update(purchases).set({ sessionId }).where(eq(purchases.sessionId, id))
}

/** By the payer's bank; without an amount, the whole charge. */
async function dispute(chargeId: string, cents?: number): Promise<void> {
  await fetch(`${standIn.pages}/_sandbox/charges/${chargeId}/dispute`, {
    method: 'POST',
    body: new URLSearchParams(cents === undefined ? {} : { amount: String(cents) }),
    redirect: 'manual',
  })
}

async function balanceCents(person: Person): Promise<number> {
  return balanceSchema.parse(await (await person.get('/customers/balance')).json()).amount_micros
}

const ask = (token = ADMIN_TOKEN, days = 1) =>
  service.fetch('/admin/reconcile', {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    body: JSON.stringify({ days }),
  })

/** Of the subject only: other tests left things behind. */
async function differencesOf(subject: string) {
  const { differences } = reconciliationSchema.parse(await (await ask()).json())
  return differences
    .filter((difference) => difference.subject === subject)
    .map(({ kind, healed }) => ({ kind, healed }))
}

describe('a reconciliation on demand', () => {
  it('credits a payment whose webhook was lost, says so, and then finds nothing', async () => {
    const person = await service.person()
    const { id } = await paid(person)
    expect(await differencesOf(id)).toEqual([{ kind: 'payment-missed', healed: true }])
    expect(await balanceCents(person)).toBe(2_500)
    expect(await differencesOf(id)).toEqual([])
  })

  it('sees that a page has expired', async () => {
    const person = await service.person()
    const { id } = await buy(person)
    await standIn.client.checkout.sessions.expire(id)
    expect(await differencesOf(id)).toEqual([{ kind: 'end-missed', healed: true }])
    expect(await (await person.get(`/customers/credit/${id}`)).json()).toMatchObject({
      state: 'expired',
    })
  })

  it('takes what was refunded and disputed without our hearing of it', async () => {
    const person = await service.person()
    const { charge } = await paid(person)
    await standIn.client.refunds.create({ charge: charge.id, amount: 500 })
    await dispute(charge.id, 2_000)
    expect(await differencesOf(charge.id)).toEqual([{ kind: 'refund-missed', healed: true }])
    expect(await balanceCents(person)).toBe(0)
    expect(await differencesOf(charge.id)).toEqual([])
  })

  it('says what it cannot heal: another amount, another currency', async () => {
    const [one, two] = [await service.person(), await service.person()]
    const smaller = await paid(one)
    await world.database.db
      .update(purchases)
      .set({ amountUsdMicros: 30_000_000 })
      .where(eq(purchases.sessionId, smaller.id))
    await ask()
    expect(await differencesOf(smaller.id)).toEqual([{ kind: 'amount-differs', healed: false }])
    expect(await balanceCents(one)).toBe(2_500)

    const { id } = await buy(two)
    const foreign = { id, currency: 'jpy', amount_total: 2_500, payment_status: 'paid' }
    const { metadata } = await standIn.client.checkout.sessions.retrieve(id)
    const sent = { ...foreign, status: 'complete', metadata, payment_intent: null }
    await service.fetch('/webhooks/stripe', webhook('checkout.session.completed', sent))
    const status = await (await two.get(`/customers/credit/${id}`)).json()
    expect(checkoutStatusSchema.parse(status).state).toBe('processing')
    expect(await balanceCents(two)).toBe(0)
  })

  it('says when the ledger has more of a refund than Stripe', async () => {
    const person = await service.person()
    const { id, charge } = await paid(person)
    await differencesOf(id)
    await standIn.client.refunds.create({ charge: charge.id, amount: 500 })
    const sent = { ...charge, amount_refunded: 900 }
    await service.fetch('/webhooks/stripe', webhook('charge.refunded', sent))
    expect(await differencesOf(charge.id)).toEqual([{ kind: 'refund-differs', healed: false }])
    expect(await balanceCents(person)).toBe(1_600)
  })

  it('credits nothing for a payment in another currency, and says so', async () => {
    const person = await service.person()
    const { id } = await buy(person)
    const { metadata } = await standIn.client.checkout.sessions.retrieve(id)
    const euros = await foreignSession(metadata ?? {}, 'eur')
    await replaceSession(id, euros.id)
    await pay(euros.page)
    expect(await differencesOf(euros.id)).toEqual([{ kind: 'currency-unusable', healed: false }])
    // It waits for a person, so it is reported until one has handled it.
    expect(await differencesOf(euros.id)).toEqual([{ kind: 'currency-unusable', healed: false }])
    expect(await balanceCents(person)).toBe(0)
  })

  it('says what is credited here and not paid at Stripe, and takes nothing away by itself', async () => {
    const person = await service.person()
    const { id, page } = await buy(person)
    await standIn.faults({ settle_later_next: 1, settle_after_ms: 600_000 })
    await pay(page)
    const session = await standIn.client.checkout.sessions.retrieve(id)
    expect(session).toMatchObject({ status: 'complete', payment_status: 'unpaid' })
    const sent = { ...session, payment_status: 'paid' }
    await service.fetch('/webhooks/stripe', webhook('checkout.session.completed', sent))
    expect(await differencesOf(id)).toEqual([{ kind: 'credited-unpaid', healed: false }])
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('says which payments name an order that is not here, or is another account’s', async () => {
    const person = await service.person()
    const { id } = await buy(person)
    const { metadata } = await standIn.client.checkout.sessions.retrieve(id)
    for (const named of [
      { purchase_id: randomUUID() },
      { ...metadata, account_id: randomUUID() },
    ]) {
      const unknown = await foreignSession(named)
      await pay(unknown.page)
      expect(await differencesOf(unknown.id)).toEqual([{ kind: 'order-unknown', healed: false }])
    }
    expect(await balanceCents(person)).toBe(0)
  })

  it('says nothing of payments that are somebody else’s altogether', async () => {
    const other = await foreignSession({ shop: 'books' })
    await pay(other.page)
    expect(await differencesOf(other.id)).toEqual([])
  })

  it('says which session of ours Stripe does not know, and goes on with the others', async () => {
    const [one, two] = [await service.person(), await service.person()]
    const { id } = await buy(one)
    await replaceSession(id, 'cs_test_gone')
    const healthy = await paid(two)
    const { differences } = reconciliationSchema.parse(await (await ask()).json())
    expect(differences).toContainEqual(
      expect.objectContaining({ kind: 'session-missing', subject: 'cs_test_gone', healed: false }),
    )
    expect(differences).toContainEqual(
      expect.objectContaining({ kind: 'payment-missed', subject: healthy.id, healed: true }),
    )
    expect(await balanceCents(two)).toBe(2_500)
  })

  it('says when the ledger has given back a dispute that goes on at Stripe', async () => {
    const person = await service.person()
    const { id, charge } = await paid(person)
    await differencesOf(id)
    await dispute(charge.id)
    const { data } = await standIn.client.disputes.list({ limit: 100 })
    const open = data.find((each) => each.charge === charge.id)
    const sent = { ...open, status: 'won' }
    await service.fetch('/webhooks/stripe', webhook('charge.dispute.closed', sent))
    expect(await differencesOf(open?.id ?? '')).toEqual([
      { kind: 'dispute-differs', healed: false },
    ])
    expect(await balanceCents(person)).toBe(2_500)
  })

  it('is for who has the token', async () => {
    expect((await ask('another-token-of-some-length')).status).toBe(401)
    expect((await ask(ADMIN_TOKEN, 0)).status).toBe(400)
  })

  it('says when Stripe cannot be asked', async () => {
    await buy(await service.person())
    standIn.trouble = () => 'ignore'
    expect((await ask()).status).toBe(502)
  })
})

describe('a receipt', () => {
  it('is named with a credited purchase, and is a page', async () => {
    const person = await service.person()
    const { id } = await paid(person)
    const status = await (await person.get(`/customers/credit/${id}`)).json()
    const { state, receipt_url } = checkoutStatusSchema.parse(status)
    expect(state).toBe('credited')
    const page = await (await fetch(receipt_url ?? '')).text()
    expect(page).toContain('$25.00')
  })

  it('is left out when Stripe does not say', async () => {
    const person = await service.person()
    const { id } = await paid(person)
    await ask()
    standIn.trouble = () => 'ignore'
    const status = await (await person.get(`/customers/credit/${id}`)).json()
    expect(status).toMatchObject({ state: 'credited', receipt_url: null })
  })
})

describe('by the clock', () => {
  const log = pino({ level: 'silent' })
  const deps = () => {
    const { db } = world.database
    return { db, database: world.database, stripe: standIn.client, log }
  }

  it('a lost webhook is healed without anybody asking, and a refund’s too', async () => {
    const person = await service.person()
    const { charge } = await paid(person)
    const reconciler = startReconciler(deps(), 50)
    await vi.waitFor(async () => expect(await balanceCents(person)).toBe(2_500), 10_000)
    await standIn.client.refunds.create({ charge: charge.id })
    await vi.waitFor(async () => expect(await balanceCents(person)).toBe(0), 10_000)
    // Its queries have time limits, which the fake clock of the tests below would let run out.
    await reconciler.stop()
  })

  describe('once stopped', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    it('between two rounds it starts no more', async () => {
      // Null: another instance reconciles. A round starts by asking for the lock.
      const alone = vi.fn().mockResolvedValue(null)
      const reconciler = startReconciler({ ...deps(), database: { alone } }, 1_000)
      await vi.advanceTimersByTimeAsync(0)
      await vi.advanceTimersByTimeAsync(1_000)
      expect(alone).toHaveBeenCalledTimes(2)
      void reconciler.stop()
      await vi.advanceTimersByTimeAsync(60_000)
      expect(alone).toHaveBeenCalledTimes(2)
      expect(vi.getTimerCount()).toBe(0)
    })

    it('within a round it starts no other', async () => {
      let endRound = () => {}
      const round = new Promise<null>((resolve) => {
        endRound = () => resolve(null)
      })
      const alone = vi.fn().mockReturnValue(round)
      const reconciler = startReconciler({ ...deps(), database: { alone } }, 1_000)
      await vi.advanceTimersByTimeAsync(0)
      void reconciler.stop()
      endRound()
      await vi.advanceTimersByTimeAsync(60_000)
      expect(alone).toHaveBeenCalledTimes(1)
      expect(vi.getTimerCount()).toBe(0)
    })
  })

  it.skipIf(serverUrl === null)(
    'one instance at a time (skipped without TEST_DATABASE_URL: a folder has one instance)',
    async () => {
      const { database } = world
      const inside = await database.alone(locks.reconciliation, () =>
        database.alone(locks.reconciliation, async () => 'both'),
      )
      expect(inside).toBeNull()
      expect(await database.alone(locks.reconciliation, async () => 'free again')).toBe(
        'free again',
      )
    },
  )
})
