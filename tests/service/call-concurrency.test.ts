import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { purchaseSchema } from '@comfyui-credits/contract/schemas'
import { findAccount } from '../../service/customers/accounts.ts'
import type { Concurrency } from '../../service/proxy/concurrency.ts'
import { openHoldPatiently } from '../../service/proxy/holds.ts'
import { settleCall } from '../../service/proxy/settle-call.ts'
import { openTestHold } from './support/holds.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'
import { chargeBody, sessionBody } from './support/stripe-bodies.ts'
import { webhook } from './support/stripe-server.ts'

const USD = 1_000_000

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterEach(() => {
  world.partner.answer = () => Response.json({ id: 'job', status: 'succeeded' })
})
afterAll(() => world.close())

const serviceWith = (concurrency: Concurrency) =>
  world.service('extended', undefined, undefined, 'strict', { concurrency })

const call = (service: Service, { token }: Person) =>
  service.fetch('/proxy/aurora/v1/images', {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    body: '{}',
  })

/** Holds back what the partner answers until the function it returns is called. */
function holdPartner(): () => void {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  world.partner.answer = async () => {
    await opened
    return Response.json({ id: 'job', status: 'succeeded' })
  }
  return open
}

/** How many of so many calls at once are forwarded; the others are refused with 429. */
async function admitted(services: readonly Service[], person: Person, count: number) {
  const release = holdPartner()
  const before = world.partner.requests.length
  const refused: Response[] = []
  const answers = Array.from({ length: count }, async (_, index) => {
    const service = services[index % services.length]
    if (!service) throw new Error('There is no service.')
    const response = await call(service, person)
    if (response.status !== 200) refused.push(response)
    return response.status
  })
  await expect
    .poll(() => refused.length + world.partner.requests.length - before, { timeout: 20_000 })
    .toBe(count)
  const forwarded = world.partner.requests.length - before
  release()
  const statuses = await Promise.all(answers)
  expect(statuses.filter((status) => status === 200)).toHaveLength(forwarded)
  return { forwarded, refused }
}

async function accountIdOf({ subject }: Person): Promise<string> {
  return (await findAccount(world.database.db, subject))?.id ?? ''
}

describe('calls of an account at once', () => {
  it('are as many as it may have on all instances together, until one ends', async () => {
    const limit = [{ paidUsdMicros: 0, calls: 5 }]
    const services = [serviceWith(limit), serviceWith(limit)]
    const person = await world.service().person(10 * USD)
    const { forwarded, refused } = await admitted(services, person, 30)
    expect(forwarded).toBe(5)
    expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 25 }, () => 429))
    expect(Number(refused[0]?.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(await refused[0]?.json()).toMatchObject({ code: 'rate-limited' })
    // All have ended; and somebody else was never in their way.
    expect((await admitted(services, person, 5)).forwarded).toBe(5)
  })

  it('end with a partner that fails, too', async () => {
    const service = serviceWith([{ paidUsdMicros: 0, calls: 1 }])
    const person = await service.person(USD)
    for (const answer of [
      () => new Response('busy', { status: 500 }),
      () => new Response('no JSON'),
    ]) {
      world.partner.answer = answer
      expect((await call(service, person)).status).not.toBe(429)
    }
    world.partner.answer = () => Response.json({ id: 'job' })
    expect((await call(service, person)).status).toBe(200)
  })

  it('do not count once their process is gone and their time is up', async () => {
    const service = serviceWith([{ paidUsdMicros: 0, calls: 1 }])
    const person = await service.person(USD)
    const accountId = await accountIdOf(person)
    const expiresAt = new Date(Date.now() - 1_000)
    const { db } = world.database
    const abandoned = await openTestHold(db, accountId, { expiresAt })
    expect((await call(service, person)).status).toBe(200)
    const running = await openTestHold(db, accountId)
    expect((await call(service, person)).status).toBe(429)
    const usage = { api_name: 'A', model: 'm', outcome: 'failed' } as const
    for (const { id } of [abandoned, running]) {
      await settleCall({ db, admission: 'strict' }, { id, accountId, priceUsdMicros: 0, usage })
    }
    expect((await call(service, person)).status).toBe(200)
  })

  it('are more after a payment, and fewer again after a refund of it', async () => {
    const tiers = [
      { paidUsdMicros: 0, calls: 1 },
      { paidUsdMicros: 20 * USD, calls: 3 },
    ]
    const service = serviceWith(tiers)
    // What support gave counts for nothing.
    const person = await service.person(100 * USD)
    expect((await admitted([service], person, 6)).forwarded).toBe(1)

    const order = { amount_micros: 25 * USD, currency: 'usd' }
    const bought = purchaseSchema.parse(
      await (await person.post('/customers/credit', order)).json(),
    )
    const sessionId = bought.session_id ?? ''
    const metadata = world.stripe.sessions.get(sessionId)?.metadata ?? {}
    const [intentId, chargeId] = [`pi_${randomUUID()}`, `ch_${randomUUID()}`]
    const facts = { sessionId, intentId, chargeId, amountCents: 2_500, metadata }
    const paid = webhook('checkout.session.completed', sessionBody(facts))
    expect((await service.fetch('/webhooks/stripe', paid)).status).toBe(200)
    expect((await admitted([service], person, 6)).forwarded).toBe(3)

    const refunded = webhook('charge.refunded', chargeBody(facts, 1_000))
    expect((await service.fetch('/webhooks/stripe', refunded)).status).toBe(200)
    expect((await admitted([service], person, 6)).forwarded).toBe(1)
  })

  it('of a costly product are a quarter, each counted apart from all others', async () => {
    const { db } = world.database
    const person = await world.service().person(1_000 * USD)
    const accountId = await accountIdOf(person)
    const rules = { admission: 'strict', concurrency: [{ paidUsdMicros: 0, calls: 8 }] } as const
    const ids: string[] = []
    async function open(path: string, usd: number, times: number) {
      const results: string[] = []
      for (let time = 0; time < times; time += 1) {
        const id = randomUUID()
        const nobody = { personId: null, apiKeyId: null, jobId: undefined, nodeType: undefined }
        const hold = { ...nobody, id, accountId, path, terms: {}, estimateUsdMicros: usd * USD }
        const opened = await openHoldPatiently(db, rules, hold)
        if (opened === 'opened') ids.push(id)
        results.push(opened)
      }
      return results.filter((result) => result === 'opened').length
    }
    expect(await open('/a', 6, 5)).toBe(2)
    expect(await open('/b', 6, 5)).toBe(2)
    expect(await open('/a', 5, 10)).toBe(8)
    expect(await open('/b', 1, 1)).toBe(0)
    const usage = { api_name: 'A', model: 'm', outcome: 'failed' } as const
    for (const id of ids) {
      await settleCall({ db, admission: 'strict' }, { id, accountId, priceUsdMicros: 0, usage })
    }
    expect(await open('/b', 6, 1)).toBe(1)
    const last = { id: ids.at(-1) ?? '', accountId, priceUsdMicros: 0, usage }
    await settleCall({ db, admission: 'strict' }, last)
  })
})
