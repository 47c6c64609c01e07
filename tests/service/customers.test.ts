import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  balanceSchema,
  customerSchema,
  eventsPageSchema,
  features,
  subscriptionStatusSchema,
  usagePortalSchema,
} from '@comfyui-credits/contract/schemas'
import { adminOf } from '../../service/admin.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
})
afterAll(() => world.close())

async function events(person: Person, query = '') {
  return eventsPageSchema.parse(await (await person.get(`/customers/events${query}`)).json())
}

describe('a customer', () => {
  it('is made once, by 201 and then 200', async () => {
    const person = await service.person()
    const first = await person.post('/customers', { signup_source: 'comfyui' })
    const again = await person.post('/customers')
    expect([first.status, again.status]).toEqual([201, 200])
    const body = customerSchema.parse(await first.json())
    expect(body.email).toBe(`${person.subject}@example.com`)
    expect(await again.json()).toEqual(body)
    expect((await events(person)).events.map((event) => event.event_type)).toEqual([
      'account_created',
    ])
  })

  it('is made once by calls that come at once', async () => {
    const person = await service.person()
    const answers = await Promise.all(Array.from({ length: 5 }, () => person.post('/customers')))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201])
    expect((await events(person)).total).toBe(1)
  })

  it('who is new has no balance yet: 404', async () => {
    const response = await (await service.person()).get('/customers/balance')
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'not-found' })
  })

  it('has the e-mail of the newest login', async () => {
    const person = await service.person()
    await person.post('/customers')
    const token = await world.identity.token(person.subject, {
      claims: { email: 'new@example.com' },
    })
    const response = await service.fetch('/customers', {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    })
    expect(await response.json()).toMatchObject({ email: 'new@example.com' })
  })
})

describe('a balance', () => {
  it('is stated in exact cents, with what our service adds to the contract', async () => {
    const person = await service.person(12_345_678)
    const body = balanceSchema.parse(await (await person.get('/customers/balance')).json())
    expect(body).toEqual({
      amount_micros: 1_234.5678,
      prepaid_balance_micros: 1_234.5678,
      cloud_credit_balance_micros: 0,
      pending_charges_micros: 0,
      effective_balance_micros: 1_234.5678,
      currency: 'usd',
      features: [...features],
    })
  })

  it('below zero is stated as such', async () => {
    const person = await service.person(-4_200_000)
    const body = balanceSchema.parse(await (await person.get('/customers/balance')).json())
    expect(body.amount_micros).toBe(-420)
  })
})

async function personWithEvents(count: number): Promise<Person> {
  const person = await service.person(1_000_000)
  const admin = adminOf(world.database.db)
  for (let index = 2; index < count; index += 1) {
    const reference = `adjustment ${index}`
    const { subject } = person
    await admin.adjust({ subject, usdMicros: index, reference, reason: reference })
  }
  return person
}

describe('events', () => {
  it('come newest first, page by page, each once', async () => {
    const person = await personWithEvents(7)
    const pages = [await events(person, '?page=1&limit=3'), await events(person, '?page=2&limit=3')]
    const last = await events(person, '?page=3&limit=3')
    expect(last).toMatchObject({ total: 7, page: 3, limit: 3, totalPages: 3 })
    const all = [...pages, last].flatMap((page) => page.events)
    expect(new Set(all.map((event) => event.event_id)).size).toBe(7)
    expect(all.map((event) => event.params?.['reason']).slice(0, 2)).toEqual([
      'adjustment 6',
      'adjustment 5',
    ])
    expect(all.at(-1)?.event_type).toBe('account_created')
  })

  it('can be chosen by type', async () => {
    const person = await personWithEvents(4)
    const chosen = await events(person, '?filter=credit_adjusted')
    expect(chosen.total).toBe(3)
    expect(chosen.events.every((event) => event.event_type === 'credit_adjusted')).toBe(true)
  })

  it('can be chosen by date', async () => {
    const person = await personWithEvents(3)
    const all = (await events(person)).events
    const newest = encodeURIComponent(all[0]?.createdAt ?? '')
    expect((await events(person, '?start_date=2999-01-01')).total).toBe(0)
    expect((await events(person, '?end_date=2999-01-01')).total).toBe(3)
    expect((await events(person, `?end_date=${newest}`)).total).toBeLessThanOrEqual(3)
  })

  it.each(['?page=0', '?limit=0', '?limit=101', '?page=x', '?start_date=yesterday'])(
    'are refused for %s',
    async (query) => {
      const response = await (await service.person()).get(`/customers/events${query}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'bad-request' })
    },
  )

  it('of one person are never another’s', async () => {
    await personWithEvents(3)
    expect((await events(await service.person())).total).toBe(1)
  })

  it('of a refund and of an adjustment say how much, in cents, and why', async () => {
    const person = await service.person()
    const { subject } = person
    await adminOf(world.database.db).adjust({
      subject,
      usdMicros: -2_500_000,
      reference: 'case 1',
      reason: 'Top-up paid back',
      kind: 'refund',
    })
    const [event] = (await events(person)).events
    expect(event).toMatchObject({
      event_type: 'credit_refunded',
      params: { amount: -250, reason: 'Top-up paid back', transaction_id: expect.any(String) },
    })
  })
})

describe('what else ComfyUI asks', () => {
  it('has a page of usage', async () => {
    const response = await (await service.person()).post('/customers/usage')
    const { url } = usagePortalSchema.parse(await response.json())
    const page = await service.fetch(new URL(url).pathname)
    expect(await page.text()).toContain('Settings, then Credits')
  })

  it('has no subscriptions', async () => {
    const response = await (await service.person()).get('/customers/cloud-subscription-status')
    expect(subscriptionStatusSchema.parse(await response.json())).toEqual({ is_active: false })
  })

  it('has no release notes', async () => {
    expect(await (await service.fetch('/releases?project=comfyui')).json()).toEqual([])
  })
})
