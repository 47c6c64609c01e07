import { afterAll, beforeAll, expect, it } from 'vitest'
import { balanceSchema, eventsPageSchema, purchaseSchema } from '@comfyui-credits/contract/schemas'
import { openWorld, type Service, type World } from './support/service.ts'
import { webhook } from './support/stripe-server.ts'

/** With CONTRACT=plain the service is exactly what ComfyUI's own API is, and nothing more. */

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service('plain')
})
afterAll(() => world.close())

const TEN_USD = { amount_micros: 10_000_000, currency: 'usd' }

it('announces no features', async () => {
  const person = await service.person(1_000_000)
  const body = balanceSchema.parse(await (await person.get('/customers/balance')).json())
  expect(body).not.toHaveProperty('features')
})

it('answers a purchase with its address alone, and ignores what it does not know', async () => {
  const person = await service.person()
  const key = { 'Idempotency-Key': 'the same' }
  const order = { ...TEN_USD, return_url: 'javascript:alert(1)' }
  const first = await person.post('/customers/credit', order, key)
  const second = await person.post('/customers/credit', order, key)
  expect(first.status).toBe(201)
  const body = purchaseSchema.parse(await first.json())
  expect(Object.keys(body)).toEqual(['checkout_url'])
  expect(await second.json()).not.toEqual(body)
  expect(world.stripe.calls.at(-1)?.params.get('success_url')).toContain('/checkout/done')
})

it('sells whole dollars only', async () => {
  const person = await service.person()
  const order = { amount_micros: 10_500_000, currency: 'usd' }
  const response = await person.post('/customers/credit', order)
  expect(await response.json()).toMatchObject({ code: 'amount-out-of-bounds' })
})

it('does not say how a purchase stands', async () => {
  const person = await service.person()
  await person.post('/customers/credit', TEN_USD)
  const [id] = [...world.stripe.sessions.keys()].slice(-1)
  expect((await person.get(`/customers/credit/${id}`)).status).toBe(404)
})

it('credits payments as ever, with events that carry the plain fields alone', async () => {
  const person = await service.person()
  await person.post('/customers/credit', TEN_USD)
  const [id] = [...world.stripe.sessions.keys()].slice(-1)
  const paid = world.stripe.change(id ?? '', { status: 'complete', payment_status: 'paid' })
  await service.fetch('/webhooks/stripe', webhook('checkout.session.completed', paid))
  await person.post('/proxy/aurora/v1/edits', {}, { 'Comfy-Job-Id': 'p1' })
  const { events } = eventsPageSchema.parse(await (await person.get('/customers/events')).json())
  expect(events.map((event) => Object.keys(event.params ?? {}).sort())).toEqual([
    ['api_name', 'charge_micro_usd', 'duration_ms', 'model'],
    ['amount', 'transaction_id'],
    [],
  ])
})
