import type { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { card, press, startBench, topUp } from './harness.ts'

let bench: Awaited<ReturnType<typeof startBench>>
beforeEach(async () => {
  bench = await startBench()
})
afterEach(() => bench.close())

/** The charge of a payment of 25 USD on the page. */
async function paid(): Promise<Stripe.Charge> {
  const metadata = { purchase_id: 'p-1' }
  const session = await bench.client.checkout.sessions.create(
    topUp({ payment_intent_data: { metadata }, invoice_creation: { enabled: true } }),
  )
  await press(String(session.url), card())
  const [charge] = (await bench.client.charges.list({ limit: 1 })).data
  if (!charge) throw new Error('Nothing was charged.')
  return charge
}

const dashboard = (path: string, fields: Record<string, string> = {}) =>
  press(`${bench.stripe.url}/_sandbox/${path}`, fields)

function emitted(type: string) {
  return bench.endpoint.events().filter((event) => event.type === type)
}

describe('a refund', () => {
  it('in parts adds up on the charge, which carries the payment’s metadata, and is reported', async () => {
    const charge = await paid()
    await bench.client.refunds.create({ charge: charge.id, amount: 500 })
    const rest = await bench.client.refunds.create({
      payment_intent: String(charge.payment_intent),
    })
    expect(rest).toMatchObject({ amount: 2_000, status: 'succeeded', charge: charge.id })
    await bench.endpoint.waitFor(3)
    const charges = emitted('charge.refunded').map(({ data }) => data.object as Stripe.Charge)
    expect(charges.map(({ amount_refunded, refunded }) => [amount_refunded, refunded])).toEqual(
      expect.arrayContaining([
        [500, false],
        [2_500, true],
      ]),
    )
    expect(charges[0]?.metadata).toEqual({ purchase_id: 'p-1' })
    const listed = await bench.client.refunds.list({ expand: ['data.charge'] })
    expect(listed.data[0]?.charge).toMatchObject({ amount_refunded: 2_500 })
  })

  it('of more than is left, or of nothing, is refused', async () => {
    const charge = await paid()
    const refund = (amount?: number) =>
      bench.client.refunds.create({ charge: charge.id, ...(amount !== undefined && { amount }) })
    await expect(refund(2_501)).rejects.toThrow('greater than unrefunded amount')
    await refund()
    await expect(refund()).rejects.toMatchObject({ code: 'charge_already_refunded' })
  })
})

describe('the page of payments', () => {
  it('refunds, disputes and decides', async () => {
    const charge = await paid()
    expect((await dashboard(`charges/${charge.id}/refund`, { amount: '700' })).status).toBe(303)
    expect((await dashboard(`charges/${charge.id}/dispute`)).status).toBe(303)
    const [dispute] = (await bench.client.disputes.list({ charge: charge.id })).data
    expect(dispute).toMatchObject({ amount: 2_500, status: 'needs_response' })
    expect((await dashboard(`disputes/${dispute?.id}/close`, { outcome: 'won' })).status).toBe(303)
    await bench.endpoint.waitFor(6)
    expect(emitted('charge.dispute.closed')[0]?.data.object).toMatchObject({ status: 'won' })
    expect(emitted('charge.dispute.funds_reinstated')).toHaveLength(1)
    const page = await (await fetch(`${bench.stripe.url}/_sandbox`)).text()
    expect(page).toContain('refunded $7.00')
    expect(page).toContain('Dispute of $25.00: won')
  })

  it('says what cannot be done', async () => {
    const charge = await paid()
    const answer = await dashboard(`charges/${charge.id}/refund`, { amount: 'all' })
    expect(answer.status).toBe(400)
    const tooMuch = await dashboard(`charges/${charge.id}/refund`, { amount: '9999' })
    expect(await tooMuch.text()).toContain('greater than unrefunded amount')
  })

  it('takes no press from another site', async () => {
    const charge = await paid()
    const answer = await fetch(`${bench.stripe.url}/_sandbox/charges/${charge.id}/refund`, {
      method: 'POST',
      headers: { 'Sec-Fetch-Site': 'cross-site' },
    })
    expect(answer.status).toBe(403)
    expect((await bench.client.refunds.list()).data).toEqual([])
  })
})

it('an event can be sent again though it was acknowledged', async () => {
  await bench.faults({ webhook_retry_next: 1 })
  await paid()
  await bench.endpoint.waitFor(3)
  expect(new Set(bench.endpoint.events().map(({ id }) => id)).size).toBe(1)
})

it('events are listed by type and time', async () => {
  const charge = await paid()
  await bench.client.refunds.create({ charge: charge.id })
  const since = (gte: number, ...types: string[]) =>
    bench.client.events.list({ types, created: { gte } })
  const now = Math.floor(Date.now() / 1_000)
  const found = await since(now - 60, 'charge.refunded', 'charge.dispute.created')
  expect(found.data.map(({ type }) => type)).toEqual(['charge.refunded'])
  expect((await since(now + 60, 'charge.refunded')).data).toEqual([])
})
