import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Stripe } from 'stripe'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextAttemptMs } from '../../../sandbox/stripe/webhooks.ts'
import { startStripe } from '../../../sandbox/stripe/server.ts'
import {
  API_KEY,
  card,
  clientFor,
  config,
  press,
  startBench,
  startEndpoint,
  temporaryFolder,
  topUp,
  WEBHOOK_SECRET,
} from './harness.ts'

describe('events', () => {
  let bench: Awaited<ReturnType<typeof startBench>>
  beforeEach(async () => {
    bench = await startBench()
  })
  afterEach(() => bench.close())

  async function pay() {
    const session = await bench.client.checkout.sessions.create(topUp())
    await press(String(session.url), card())
    return session
  }
  const types = () => bench.endpoint.events().map(({ type }) => type)

  it('report a payment, signed as Stripe signs', async () => {
    const session = await pay()
    await bench.endpoint.waitFor(1)
    const [event] = bench.endpoint.events()
    expect(event).toMatchObject({
      type: 'checkout.session.completed',
      data: { object: { id: session.id, payment_status: 'paid', amount_total: 2500 } },
    })
    expect(event?.id).toMatch(/^evt_/)
    const [delivery] = bench.endpoint.received
    expect(() =>
      Stripe.webhooks.constructEvent(String(delivery?.body), String(delivery?.signature), 'other'),
    ).toThrow(/signature/)
  })

  it('report an expired session', async () => {
    const session = await bench.client.checkout.sessions.create(topUp())
    await bench.client.checkout.sessions.expire(session.id)
    await bench.endpoint.waitFor(1)
    expect(types()).toEqual(['checkout.session.expired'])
  })

  it('come again, with the same id, until they are acknowledged', async () => {
    bench.endpoint.answerNext(500, 302)
    await pay()
    await bench.endpoint.waitFor(3)
    expect(new Set(bench.endpoint.events().map(({ id }) => id)).size).toBe(1)
  })

  it.each([
    ['succeeded', 'paid'],
    ['failed', 'unpaid'],
  ] as const)('of a delayed payment that %s come in two parts', async (settleAs, paymentStatus) => {
    await bench.faults({ settle_later_next: 1, settle_after_ms: 50, settle_as: settleAs })
    const session = await pay()
    await bench.endpoint.waitFor(2)
    const [first, second] = bench.endpoint.events()
    expect(first).toMatchObject({
      type: 'checkout.session.completed',
      data: { object: { payment_status: 'unpaid' } },
    })
    expect(second?.type).toBe(`checkout.session.async_payment_${settleAs}`)
    const now = await bench.client.checkout.sessions.retrieve(session.id)
    expect(now.payment_status).toBe(paymentStatus)
  })

  it('of a payment that waits for the clock come at once when that is hurried', async () => {
    await bench.faults({
      settle_later_next: 1,
      settle_after_ms: 3_600_000,
      webhook_delay_ms: 3_600_000,
    })
    const session = await pay()
    expect(bench.endpoint.events()).toEqual([])
    await bench.faults({ webhook_delay_ms: 0 })
    await fetch(`${bench.stripe.url}/_sandbox/hurry`, { method: 'POST' })
    await bench.endpoint.waitFor(2)
    const now = await bench.client.checkout.sessions.retrieve(session.id)
    expect(now.payment_status).toBe('paid')
  })

  it('can be doubled, lost and reordered on demand', async () => {
    await bench.faults({ webhook_double_next: 1 })
    await pay()
    await bench.endpoint.waitFor(2)
    expect(new Set(bench.endpoint.events().map(({ id }) => id)).size).toBe(1)

    await bench.faults({ webhook_lose_next: 1 })
    const lost = await pay()
    await bench.faults({ webhook_reorder_next: 2 })
    const third = await pay()
    const fourth = await pay()
    await bench.endpoint.waitFor(4)
    const received = bench.endpoint.events().map(({ data }) => (data.object as { id: string }).id)
    expect(received.slice(2)).toEqual([fourth.id, third.id])
    expect(received).not.toContain(lost.id)
    const all = await bench.client.events.list({ limit: 10 })
    expect(all.data.map(({ data }) => (data.object as { id: string }).id)).toContain(lost.id)
  })

  it('can be sent again', async () => {
    await pay()
    await bench.endpoint.waitFor(1)
    const [event] = bench.endpoint.events()
    await fetch(`${bench.stripe.url}/_sandbox/events/${event?.id}/resend`, { method: 'POST' })
    await bench.endpoint.waitFor(2)
    expect(bench.endpoint.events()[1]?.id).toBe(event?.id)
  })
})

it('pauses between attempts grow and stay bounded', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(), (attempts, now) => {
      const pause = nextAttemptMs(attempts, now) - now
      const next = nextAttemptMs(attempts + 1, now) - now
      return pause >= 500 && pause <= 30_000 && next >= pause
    }),
  )
})

describe('the data folder', () => {
  it('carries sessions, keys and undelivered events over a restart', async () => {
    const { folder, remove } = await temporaryFolder()
    const endpoint = await startEndpoint()
    endpoint.answerNext(500)
    const first = await startStripe(config(folder, endpoint.url))
    const session = await clientFor(first.url).checkout.sessions.create(topUp(), {
      idempotencyKey: 'kept',
    })
    await press(String(session.url), card())
    await endpoint.waitFor(1)
    await first.close()

    const second = await startStripe(config(folder, endpoint.url))
    await endpoint.waitFor(2)
    expect(endpoint.events()[1]?.id).toBe(endpoint.events()[0]?.id)
    const client = clientFor(second.url)
    const again = await client.checkout.sessions.create(topUp(), { idempotencyKey: 'kept' })
    expect(again.id).toBe(session.id)
    expect(await client.checkout.sessions.retrieve(session.id)).toMatchObject({
      payment_status: 'paid',
    })
    await second.close()
    await endpoint.close()
    await remove()
  })
})

describe('the process', () => {
  const running = new Set<ChildProcess>()
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL')
    running.clear()
  })

  async function start(dataDir: string, webhookUrl: string) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'sandbox/stripe/main.ts'], {
      env: {
        ...process.env,
        PORT: '0',
        DATA_DIR: dataDir,
        WEBHOOK_URL: webhookUrl,
        WEBHOOK_SECRET,
        API_KEY,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running.add(child)
    for await (const line of createInterface({ input: child.stdout })) {
      const parsed: unknown = JSON.parse(line)
      if (typeof parsed === 'object' && parsed !== null && 'ready' in parsed && 'url' in parsed) {
        return { child, url: String(parsed.url) }
      }
    }
    throw new Error('It ended before it was ready.')
  }

  it('stores a payment, and reports it after a kill before the delivery', async () => {
    const { folder, remove } = await temporaryFolder()
    const endpoint = await startEndpoint()
    const first = await start(folder, endpoint.url)
    await fetch(`${first.url}/_sandbox/faults`, {
      method: 'POST',
      body: JSON.stringify({ webhook_delay_ms: 60_000 }),
    })
    const session = await clientFor(first.url).checkout.sessions.create(topUp())
    await press(String(session.url), card())
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    expect(endpoint.received).toHaveLength(0)

    const second = await start(folder, endpoint.url)
    await endpoint.waitFor(1)
    expect(endpoint.events()[0]).toMatchObject({ data: { object: { id: session.id } } })
    const stored = await clientFor(second.url).checkout.sessions.retrieve(session.id)
    expect(stored.payment_status).toBe('paid')

    second.child.kill('SIGTERM')
    expect(await once(second.child, 'exit')).toEqual([0, null])
    await endpoint.close()
    await remove()
  })

  it('says in one sentence what is wrong with its settings', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'sandbox/stripe/main.ts'], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    running.add(child)
    let words = ''
    child.stderr.on('data', (chunk) => (words += String(chunk)))
    expect(await once(child, 'close')).toEqual([1, null])
    expect(words).toMatch(/^The Stripe stand-in cannot start: DATA_DIR .*\n$/)
  })
})
