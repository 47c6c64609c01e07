import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminOf } from '../../service/admin.ts'
import { rateLimits } from '../../service/database/schema.ts'
import type { AppEnv } from '../../service/http/app-env.ts'
import { clientAddress } from '../../service/http/client-address.ts'
import { clearRateLimits } from '../../service/http/rate-limits.ts'
import { ADMIN_TOKEN, openWorld, type Service, type World } from './support/service.ts'
import { newTeam } from './support/teams.ts'

const rate = (points: number, seconds = 600) => ({ points, seconds })
type Limits = Parameters<World['service']>[4]

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** Two instances on one database. */
function instances(limits: Limits): [Service, Service] {
  const service = () => world.service('extended', undefined, undefined, 'strict', limits)
  return [service(), service()]
}

function expectRefused(response: Response | undefined, seconds = 600): void {
  expect(response?.status).toBe(429)
  const retryAfter = Number(response?.headers.get('Retry-After'))
  expect(retryAfter).toBeGreaterThan(0)
  expect(retryAfter).toBeLessThanOrEqual(seconds)
}

const ofStatus = (responses: readonly Response[], status: number) =>
  responses.filter((response) => response.status === status)

describe('wrong credentials', () => {
  const guess = (service: Service, address: string, headers: Record<string, string> = {}) =>
    service.fetch(
      '/customers/balance',
      { headers: { 'X-API-KEY': randomUUID(), ...headers } },
      address,
    )

  it('are refused by address beyond the limit, on every instance, and with them the right ones', async () => {
    const [one, other] = instances({ rates: { wrongCredentials: rate(10) } })
    const person = await one.person(1)
    const right = (service: Service, address: string) =>
      service.fetch(
        '/customers/balance',
        { headers: { Authorization: `Bearer ${person.token}` } },
        address,
      )
    const guesses = await Promise.all(Array.from({ length: 30 }, () => guess(one, '192.0.2.1')))
    expect(ofStatus(guesses, 401)).toHaveLength(10)
    const refused = ofStatus(guesses, 429)
    expect(refused).toHaveLength(20)
    expectRefused(refused[0])
    expect(await refused[0]?.json()).toMatchObject({ code: 'rate-limited' })
    expectRefused(await guess(other, '192.0.2.1'))
    expectRefused(await right(one, '192.0.2.1'))
    expect((await right(one, '192.0.2.2')).status).toBe(200)
  })

  it('are not those that were right until they expired, and none at all are no guess', async () => {
    const [service] = instances({ rates: { wrongCredentials: rate(1) } })
    const token = await world.identity.token('late', { expiresIn: -60 })
    for (let time = 0; time < 3; time += 1) {
      const expired = { headers: { Authorization: `Bearer ${token}` } }
      expect((await service.fetch('/customers/balance', expired, '192.0.2.3')).status).toBe(401)
      expect((await service.fetch('/customers/balance', {}, '192.0.2.3')).status).toBe(401)
    }
  })

  it('are those of operators too', async () => {
    const [service] = instances({ rates: { wrongCredentials: rate(2) } })
    const ask = (token: string) => {
      const headers = { Authorization: `Bearer ${token}` }
      return service.fetch('/admin/reconcile', { method: 'POST', headers }, '192.0.2.4')
    }
    expect((await ask('wrong')).status).toBe(401)
    expect((await ask('wrong')).status).toBe(401)
    expectRefused(await ask('wrong'))
    expectRefused(await ask(ADMIN_TOKEN))
  })

  it('count for the client behind a trusted proxy, whatever it says of itself', async () => {
    const [service] = instances({ rates: { wrongCredentials: rate(2) }, trustedProxies: 1 })
    const through = (client: string) =>
      guess(service, '10.0.0.1', { 'X-Forwarded-For': `${randomUUID()}, 203.0.113.9, ${client}` })
    expect((await through('198.51.100.1')).status).toBe(401)
    expect((await through('198.51.100.1')).status).toBe(401)
    expectRefused(await through('198.51.100.1'))
    expect((await through('198.51.100.2')).status).toBe(401)
  })
})

describe('purchases', () => {
  const order = { amount_micros: 25_000_000, currency: 'usd' }

  it('of one account open no more sessions at Stripe than the limit, whatever the instance', async () => {
    const [one, other] = instances({ rates: { purchases: rate(5) } })
    const [person, somebodyElse] = [await one.person(1), await one.person(1)]
    const before = world.stripe.sessions.size
    const headers = { Authorization: `Bearer ${person.token}` }
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? one : other).fetch('/customers/credit', {
          method: 'POST',
          headers,
          body: JSON.stringify(order),
        }),
      ),
    )
    expect(ofStatus(answers, 201)).toHaveLength(5)
    expect(world.stripe.sessions.size - before).toBe(5)
    expectRefused(ofStatus(answers, 429)[0])
    expect((await somebodyElse.post('/customers/credit', order)).status).toBe(201)
  })

  it('count for a workspace, however they are paid and by whom', async () => {
    const [service] = instances({ rates: { purchases: rate(2) } })
    const team = await newTeam(world, service)
    const checkout = { amount_cents: 2_500, return_url: 'https://comfy.example.com/' }
    expect((await team.asOwner.post('/api/billing/topup/checkout', checkout)).status).toBe(200)
    const embedded = { amount_cents: 2_500, idempotency_key: 'one' }
    expect((await team.asOwner.post('/api/billing/topup/checkout/embedded', embedded)).status).toBe(
      201,
    )
    expectRefused(await team.asOwner.post('/api/billing/topup', { amount_cents: 2_500 }))
  })

  it('share their limit with visits of Stripe’s portal, each of which makes a session there', async () => {
    const [service] = instances({ rates: { purchases: rate(2) } })
    const [person, team] = [await service.person(1), await newTeam(world, service)]
    for (const visit of [
      () => person.post('/customers/billing'),
      () => team.asOwner.post('/api/billing/payment-portal', {}),
    ]) {
      expect((await visit()).status).toBe(200)
      expect((await visit()).status).toBe(200)
      expectRefused(await visit())
    }
  })
})

describe('questions that Stripe is asked', () => {
  it('are limited by account, whatever they are about', async () => {
    const [one, other] = instances({ rates: { questions: rate(6, 60) } })
    const [team, next] = [await newTeam(world, one), await newTeam(world, one)]
    const token = { Authorization: `Bearer ${team.asOwner.token}` }
    const paths = ['payment-methods', `ops/${randomUUID()}`, 'topup/checkout/cs_1']
    const ask = (service: Service, path: string) =>
      service.fetch(`/api/billing/${path}`, { headers: token })
    const answers = await Promise.all(
      [one, other, one, other].flatMap((service) => paths.map((path) => ask(service, path))),
    )
    expect(ofStatus(answers, 429)).toHaveLength(6)
    expectRefused(ofStatus(answers, 429)[0], 60)
    expect((await next.asOwner.get('/api/billing/payment-methods')).status).toBe(200)
  })

  it('about a customer’s purchases are limited too', async () => {
    const [service] = instances({ rates: { questions: rate(1, 60) } })
    const person = await service.person(1)
    expect((await person.get('/customers/credit/cs_1')).status).toBe(404)
    expectRefused(await person.get('/customers/credit/cs_1'), 60)
  })
})

describe('calls of partners', () => {
  const call = (service: Service, headers: Record<string, string>) =>
    service.fetch('/proxy/aurora/v1/images', { method: 'POST', headers, body: '{}' })

  it('are limited by account and by key, and so not forwarded', async () => {
    const [one, other] = instances({ rates: { calls: rate(6, 60), keyCalls: rate(2, 60) } })
    const person = await one.person(10_000_000)
    const admin = adminOf(world.database.db)
    const [first, second] = [
      await admin.createApiKey({ subject: person.subject }),
      await admin.createApiKey({ subject: person.subject }),
    ]
    const before = world.partner.requests.length
    const byKey = (key: string) =>
      Promise.all([one, other, one, other].map((service) => call(service, { 'X-API-KEY': key })))
    const byFirst = await byKey(first)
    expect(ofStatus(byFirst, 200)).toHaveLength(2)
    expectRefused(ofStatus(byFirst, 429)[0], 60)
    expect(ofStatus(await byKey(second), 200)).toHaveLength(2)
    // Without a key, what is left for the account.
    const login = { Authorization: `Bearer ${person.token}` }
    const byLogin = await Promise.all([1, 2, 3, 4].map(() => call(one, login)))
    expect(ofStatus(byLogin, 200)).toHaveLength(2)
    expect(world.partner.requests).toHaveLength(before + 6)
  })

  it('count from zero once the time has passed, and old counts are cleared', async () => {
    const [service] = instances({ rates: { calls: rate(1, 1) } })
    const person = await service.person(1_000_000)
    const login = { Authorization: `Bearer ${person.token}` }
    expect((await call(service, login)).status).toBe(200)
    const refused = await call(service, login)
    expectRefused(refused, 1)
    const { db } = world.database
    await db.update(rateLimits).set({ expire: sql`now() - interval '1 second'` })
    const [again] = instances({ rates: { calls: rate(1, 1) } })
    expect((await call(again, login)).status).toBe(200)
    await db.update(rateLimits).set({ expire: sql`now() - interval '1 second'` })
    await clearRateLimits(db)
    expect(await db.select().from(rateLimits)).toEqual([])
  })
})

describe('the address of a client', () => {
  it.each([
    ['192.0.2.1', '', 0, '192.0.2.1'],
    ['::ffff:192.0.2.1', '', 0, '192.0.2.1'],
    ['::ffff:c000:201', '', 0, '192.0.2.1'],
    ['0:0:0:0:0:FFFF:192.0.2.1', '', 0, '192.0.2.1'],
    ['10.0.0.1', '[::ffff:c000:0201]:443', 1, '192.0.2.1'],
    ['2001:DB8:0:1:2:3:4:5', '', 0, '2001:db8:0:1::/64'],
    ['2001:db8::1', '', 0, '2001:db8:0:0::/64'],
    ['fe80::1%eth0', '', 0, 'fe80:0:0:0::/64'],
    ['192.0.2.1', '203.0.113.1', 0, '192.0.2.1'],
    ['192.0.2.1', '1.1.1.1, 203.0.113.1', 1, '203.0.113.1'],
    ['192.0.2.1', '1.1.1.1, 203.0.113.1, 10.0.0.1', 2, '203.0.113.1'],
    ['192.0.2.1', '203.0.113.1', 2, '203.0.113.1'],
    ['192.0.2.1', '203.0.113.1:4711', 1, '203.0.113.1'],
    ['192.0.2.1', '[2001:db8::1]:443', 1, '2001:db8:0:0::/64'],
    ['192.0.2.1', 'nonsense', 1, '192.0.2.1'],
    ['192.0.2.1', '', 1, '192.0.2.1'],
    [null, '', 0, null],
  ])('%s with %j behind %i proxies is %s', async (peer, forwarded, proxies, expected) => {
    const app = new Hono<AppEnv>().get('/', (c) => c.json({ address: clientAddress(c, proxies) }))
    const env = peer === null ? {} : { incoming: { socket: { remoteAddress: peer } } }
    const response = await app.request('/', { headers: { 'X-Forwarded-For': forwarded } }, env)
    expect(await response.json()).toEqual({ address: expected })
  })
})
