import type { ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { balanceSchema, purchaseSchema } from '@comfyui-credits/contract/schemas'
import { compileProcesses, type Compiled } from '../../sandbox/compile.ts'
import { audit } from '../../service/audit/audit.ts'
import { openDatabase, type DatabaseLocation } from '../../service/database/open.ts'
import { createTestLocation, fillTestFolder, serverUrl } from './support/database.ts'
import { startIdentity, type Identity } from './support/identity.ts'
import { startPartnerServer, type PartnerServer } from './support/partner-server.ts'
import { end, spawnService, untilReady } from './support/process.ts'
import { startStandIn } from './support/stand-in.ts'
import { startStripeServer, webhook, type StripeServer } from './support/stripe-server.ts'

/** The service as a real process, ended in every way a process can end. */

let identity: Identity
let stripe: StripeServer
let partner: PartnerServer
let compiled: Compiled
beforeAll(async () => {
  ;[identity, stripe, partner, compiled] = await Promise.all([
    startIdentity(),
    startStripeServer(),
    startPartnerServer(),
    compileProcesses(),
  ])
})
afterAll(async () => {
  await Promise.all([identity.close(), stripe.close(), partner.close(), compiled.remove()])
})

/** Filled once, since a copy costs next to nothing. */
let filled: string
beforeAll(async () => {
  filled = await mkdtemp(join(tmpdir(), 'credits-process-'))
  if (serverUrl === null) await fillTestFolder(filled)
})
afterAll(() => rm(filled, { recursive: true, force: true }))

let folder: string
let location: DatabaseLocation
let drop: () => Promise<void>
const children: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credits-process-'))
  if (serverUrl !== null) ({ location, drop } = await createTestLocation(folder))
  else {
    await cp(filled, folder, { recursive: true })
    location = { folder }
    drop = async () => {}
  }
})
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => end(child, 'SIGKILL')))
  await drop()
  await rm(folder, { recursive: true, force: true })
})

function spawnHere(settings?: Record<string, string>): ChildProcess {
  const child = spawnService(
    { compiledDir: compiled.dir, location, identity, stripe, partner },
    settings,
  )
  children.push(child)
  return child
}

async function startService(settings?: Record<string, string>) {
  const child = spawnHere(settings)
  return { child, url: await untilReady(child) }
}

async function personOf(subject: string) {
  const headers = { Authorization: `Bearer ${await identity.token(subject)}` }
  async function order(url: string): Promise<{ id: string; page: string }> {
    const response = await fetch(`${url}/customers/credit`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ amount_micros: 25_000_000, currency: 'usd' }),
    })
    const { session_id, checkout_url } = purchaseSchema.parse(await response.json())
    return { id: session_id ?? '', page: checkout_url }
  }
  return {
    order,
    buy: async (url: string): Promise<string> => (await order(url)).id,
    async cents(url: string): Promise<number> {
      const response = await fetch(`${url}/customers/balance`, { headers })
      return balanceSchema.parse(await response.json()).amount_micros
    },
    async pendingCents(url: string): Promise<number> {
      const response = await fetch(`${url}/customers/balance`, { headers })
      return balanceSchema.parse(await response.json()).pending_charges_micros ?? 0
    },
    callPartner: (url: string, body = '{}') =>
      fetch(`${url}/proxy/aurora/v1/edits`, { method: 'POST', headers, body }),
  }
}

async function tellPaid(url: string, sessionId: string): Promise<number> {
  const session = stripe.change(sessionId, { status: 'complete', payment_status: 'paid' })
  const request = webhook('checkout.session.completed', session)
  return (await fetch(`${url}/webhooks/stripe`, request)).status
}

/** A folder has one process, so its holds are taken over at once; a server's after minutes. */
async function letHoldsExpire(): Promise<void> {
  if (!('url' in location)) return
  const database = await openDatabase(location, pino({ level: 'silent' }))
  await database.db.execute(`update holds set expires_at = now() where state = 'open'`)
  await database.close()
}

// Each of these starts real processes, one to three, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 })

it('reads a large body in a compiled worker thread, which does not delay its end', async () => {
  const person = await personOf('sends-pictures')
  const { child, url } = await startService()
  expect(await tellPaid(url, await person.buy(url))).toBe(200)
  const body = JSON.stringify({ image: 'A'.repeat(200_000) })
  expect((await person.callPartner(url, body)).status).toBe(200)
  expect(partner.requests.at(-1)?.body).toBe(body)
  expect(await person.cents(url)).toBe(2_496)
  expect(await end(child, 'SIGTERM')).toBe(0)
})

describe('after a kill −9', () => {
  it('what was credited is there, and the webhook sent again credits nothing', async () => {
    const person = await personOf('killed-after')
    const first = await startService()
    const sessionId = await person.buy(first.url)
    expect(await tellPaid(first.url, sessionId)).toBe(200)
    await end(first.child, 'SIGKILL')

    const second = await startService()
    expect(await person.cents(second.url)).toBe(2_500)
    const again = await Promise.all([1, 2, 3].map(() => tellPaid(second.url, sessionId)))
    expect(again).toEqual([200, 200, 200])
    expect(await person.cents(second.url)).toBe(2_500)
  })

  it('in the midst of webhooks, sending them all again credits each once', async () => {
    const person = await personOf('killed-amid')
    const first = await startService()
    const sessionIds = await Promise.all([1, 2, 3, 4, 5, 6].map(() => person.buy(first.url)))
    const [one, ...rest] = sessionIds
    expect(await tellPaid(first.url, one ?? '')).toBe(200)
    const cutOff = Promise.allSettled(rest.map((id) => tellPaid(first.url, id)))
    await end(first.child, 'SIGKILL')
    await cutOff

    const second = await startService()
    for (const id of sessionIds) expect(await tellPaid(second.url, id)).toBe(200)
    expect(await person.cents(second.url)).toBe(6 * 2_500)
  })
})

describe('a kill −9 between payment and grant', () => {
  it('is healed within a minute of the new start, though the webhook never comes again', async () => {
    const standIn = await startStandIn()
    try {
      const settings = { STRIPE_API_BASE: standIn.url }
      const person = await personOf('killed-between')
      const first = await startService({ ...settings, RECONCILE_SECONDS: '0' })
      const { page } = await person.order(first.url)
      // The payment's event reaches a dying service, and counts as delivered.
      standIn.service = {
        async fetch() {
          await end(first.child, 'SIGKILL')
          return new Response(null, { status: 200 })
        },
      }
      const form = { action: 'continue', method: 'card', number: '4242424242424242' }
      const body = new URLSearchParams({ ...form, email: 'user@example.com' })
      const paid = await fetch(page, { method: 'POST', redirect: 'manual', body })
      expect(paid.status).toBe(303)
      await standIn.delivered(1)
      standIn.service = null

      const second = await startService(settings)
      await vi.waitFor(async () => expect(await person.cents(second.url)).toBe(2_500), {
        timeout: 60_000,
        interval: 250,
      })
      expect(standIn.deliveries).toHaveLength(1)
    } finally {
      await standIn.close()
    }
  })
})

describe('a kill −9 while partners work', () => {
  afterEach(() => {
    partner.answer = () => Response.json({ id: 'job1', status: 'succeeded' })
  })

  it('charges what they did and nothing else, once somebody takes the calls over', async () => {
    const person = await personOf('killed-working')
    const first = await startService()
    await tellPaid(first.url, await person.buy(first.url))
    const asked = new EventEmitter()
    const keys: string[] = []
    partner.answer = ({ headers }) => {
      keys.push(headers.get('Idempotency-Key') ?? '')
      if (keys.length === 20) asked.emit('all')
      return new Promise<Response>(() => {})
    }
    const all = once(asked, 'all')
    const calls = Array.from({ length: 20 }, () => person.callPartner(first.url).catch(() => null))
    await all
    await end(first.child, 'SIGKILL')
    await Promise.all(calls)

    // Half of them arrived; of one the partner says nothing yet.
    partner.answer = ({ query }) => {
      const index = keys.indexOf(query.get('idempotency_key') ?? '')
      if (index === 0) return Response.json({}, { status: 503 })
      return index < 10
        ? Response.json({ id: `job-${index}`, usage: { images: 1 } })
        : Response.json({ error: { type: 'unknown_call' } }, { status: 404 })
    }
    await letHoldsExpire()
    const second = await startService()
    await vi.waitFor(async () => expect(await person.cents(second.url)).toBe(2_500 - 9 * 4), {
      timeout: 20_000,
    })
    expect(await person.pendingCents(second.url)).toBe(4)
    await end(second.child, 'SIGTERM')
    const database = await openDatabase(location, pino({ level: 'silent' }))
    expect(await audit(database.db)).toEqual([])
    await database.close()
  })
})

/** Of someone who has 25 USD, to a partner who has it and does not answer. */
async function stalledCall(name: string) {
  const person = await personOf(name)
  const first = await startService()
  await tellPaid(first.url, await person.buy(first.url))
  const asked = new EventEmitter()
  partner.answer = () => {
    asked.emit('reached')
    return new Promise<Response>(() => {})
  }
  const reached = once(asked, 'reached')
  const call = person.callPartner(first.url)
  await reached
  return { person, first, call }
}

describe('on SIGTERM', () => {
  it('a call in flight is charged and answered before the end', async () => {
    const person = await personOf('terminated')
    const first = await startService()
    await tellPaid(first.url, await person.buy(first.url))
    const asked = new EventEmitter()
    partner.answer = async () => {
      asked.emit('reached')
      await once(asked, 'release')
      return Response.json({})
    }
    const reached = once(asked, 'reached')
    const call = person.callPartner(first.url)
    await reached
    const ended = end(first.child, 'SIGTERM')
    asked.emit('release')
    expect((await call).status).toBe(200)
    expect(await ended).toBe(0)

    const second = await startService()
    expect(await person.cents(second.url)).toBe(2_496)
    expect(await end(second.child, 'SIGINT')).toBe(0)
  })

  it('a partner that does not answer does not hold up the end, and costs nothing', async () => {
    const { person, first, call } = await stalledCall('stalled')
    const startedAt = performance.now()
    expect(await end(first.child, 'SIGTERM')).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect((await call).status).toBe(503)

    const second = await startService()
    expect(await person.cents(second.url)).toBe(2_500)
  })

  it('what a partner does after the end is charged once another process asks', async () => {
    const { person, first, call } = await stalledCall('done-later')
    await end(first.child, 'SIGTERM')
    const answer = (await call).json()
    await expect(answer).resolves.toMatchObject({ code: 'internal' })

    partner.answer = () => Response.json({ id: 'job1', status: 'succeeded' })
    await letHoldsExpire()
    const second = await startService()
    await vi.waitFor(async () => expect(await person.cents(second.url)).toBe(2_496), {
      timeout: 20_000,
    })
    expect(await person.pendingCents(second.url)).toBe(0)
  })
})

async function failure(settings: Record<string, string>) {
  const child = spawnHere(settings)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, said: said.trim() }
}

describe('what cannot start', () => {
  it('says which setting is wrong', async () => {
    const { code, said } = await failure({ WORKSPACE_TOKEN_SECRET: '' })
    expect(code).toBe(1)
    expect(said).toBe('The settings are not usable: WORKSPACE_TOKEN_SECRET is required.')
  })

  it('says that its port is taken', async () => {
    const { code, said } = await failure({ PORT: new URL(stripe.url).port })
    expect(code).toBe(1)
    expect(said).toContain('port is in use')
  })

  it('says when no database server answers', async () => {
    const { code, said } = await failure({ DATABASE_URL: 'postgres://127.0.0.1:9/none' })
    expect(code).toBe(1)
    expect(said).toContain('ECONNREFUSED')
    expect(said.split('\n')).toHaveLength(1)
  })

  it.skipIf(process.env['TEST_DATABASE_URL'])(
    'says which process holds the folder (a server has no such lock)',
    async () => {
      const first = await startService()
      const { code, said } = await failure({})
      expect(code).toBe(1)
      expect(said).toContain(`in use by process ${first.child.pid}`)
    },
  )
})
