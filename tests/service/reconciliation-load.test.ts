import { eq, sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { findAccount } from '../../service/customers/accounts.ts'
import { purchases, readPositions } from '../../service/database/schema.ts'
import { createStripe } from '../../service/purchases/stripe.ts'
import { startReconciler } from '../../service/reconciliation/reconciler.ts'
import { listen } from './support/listen.ts'
import { openWorld, type World } from './support/service.ts'

/** Against a Stripe that takes its time, with as many purchases open as a busy day has. */

const STRIPE_MS = 150
const log = pino({ level: 'silent' })

let world: World
let accountId: string
let stripe: Awaited<ReturnType<typeof listen>>
/** Sessions that were asked about, in order. */
let asked: string[]
/** The times since when events were asked for. */
let since: number[]
let events: object[]
let [running, most] = [0, 0]
beforeAll(async () => {
  world = await openWorld()
  const person = await world.service().person(1_000_000)
  accountId = (await findAccount(world.database.db, person.subject))?.id ?? ''
  stripe = await listen(async (request) => {
    const { pathname, searchParams } = new URL(request.url)
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setTimeout(resolve, STRIPE_MS))
    running -= 1
    if (pathname === '/v1/events') {
      since.push(Number(searchParams.get('created[gte]')))
      return Response.json({ object: 'list', data: events, has_more: false })
    }
    const id = /^\/v1\/checkout\/sessions\/(.+)$/.exec(pathname)?.[1]
    if (id === undefined) return Response.json({ object: 'list', data: [], has_more: false })
    asked.push(id)
    return Response.json({ id, object: 'checkout.session', status: 'open', payment_intent: null })
  })
})
afterAll(async () => {
  await stripe.close()
  await world.close()
})
beforeEach(async () => {
  asked = []
  since = []
  events = []
  most = 0
  await world.database.db.update(purchases).set({ state: 'expired' })
})

/** Open purchases of that age, checked so long ago. */
async function openPurchases(count: number, name: string, age: string, checked: string | null) {
  const ago = checked === null ? 'null' : `now() - interval '${checked}'`
  await world.database.db.execute(
    sql.raw(`
    insert into purchases (account_id, amount_usd_micros, request_hash, session_id, expires_at,
      created_at, checked_at)
    select '${accountId}', 25000000, 'hash', 'cs_${name}_' || n, now() + interval '1 day',
      now() - interval '${age}', ${ago}
    from generate_series(1, ${count}) n`),
  )
}

function reconcilerOf(everyMs: number) {
  const { db } = world.database
  const client = createStripe({ secretKey: 'sk_test_sandbox', apiBase: stripe.url })
  return startReconciler({ db, database: world.database, stripe: client, log }, everyMs)
}

/** One round by the clock. */
async function round(): Promise<void> {
  const before = since.length
  const started = reconcilerOf(3_600_000)
  await vi.waitFor(() => expect(since.length).toBeGreaterThan(before), 30_000)
  // It ends with what it has read.
  await vi.waitFor(async () => expect(running).toBe(0))
  await started.stop()
}

describe('1,000 open purchases', () => {
  it('are compared in parallel, each once, and no more at once than Stripe allows', async () => {
    await openPurchases(1_000, 'busy', '1 minute', null)
    await round()
    expect(asked).toHaveLength(1_000)
    expect(new Set(asked).size).toBe(1_000)
    expect(most).toBe(16)
  }, 60_000)
})

describe('a round by the clock', () => {
  it('asks about old purchases less often than about new ones', async () => {
    await openPurchases(1, 'new', '1 minute', '3 seconds')
    await openPurchases(1, 'hour', '1 hour', '1 minute')
    await openPurchases(1, 'hour_due', '1 hour', '3 minutes')
    await openPurchases(1, 'day', '1 day', '30 minutes')
    await openPurchases(1, 'day_due', '1 day', '50 minutes')
    await openPurchases(1, 'week_due', '7 days', '61 minutes')
    await openPurchases(1, 'never', '7 days', null)
    await round()
    expect(asked.toSorted()).toEqual(
      ['cs_day_due_1', 'cs_hour_due_1', 'cs_never_1', 'cs_new_1', 'cs_week_due_1'].toSorted(),
    )
    // The newest first, and none of the old again.
    expect(asked[0]).toBe('cs_new_1')
    asked = []
    await round()
    expect(asked).not.toContain('cs_day_due_1')
  })

  it('on demand asks about all', async () => {
    await openPurchases(3, 'all', '1 day', '1 second')
    await reconcilerOf(0).compare(1)
    expect(asked).toHaveLength(3)
  })

  it('reads events from where the last one of any process stopped, by Stripe’s clock', async () => {
    const { db } = world.database
    await db.delete(readPositions)
    const created = Math.floor(Date.now() / 1_000) + 86_400
    const foreign = { id: 'ch_foreign', object: 'charge', payment_intent: null, metadata: {} }
    events = [{ id: 'evt_1', type: 'charge.refunded', created, data: { object: foreign } }]
    await round()
    expect(since[0]).toBeLessThanOrEqual(Math.floor(Date.now() / 1_000) - 3 * 86_400)
    await vi.waitFor(async () => {
      const [position] = await db.select().from(readPositions)
      expect(position?.newestAt).toEqual(new Date(created * 1_000))
    })
    events = []
    await round()
    await round()
    expect(since.slice(1)).toEqual([created - 600, created - 600])
    await db.delete(readPositions).where(eq(readPositions.list, 'reversal-events'))
  })
})
