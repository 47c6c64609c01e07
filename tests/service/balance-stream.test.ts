import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { balanceStreamPaths } from '@comfyui-credits/contract/balance-stream'
import { balanceSchema } from '@comfyui-credits/contract/schemas'
import { adminOf } from '../../service/admin.ts'
import { openDatabase } from '../../service/database/open.ts'
import { createLog } from '../../service/log.ts'
import { startService, type RunningService } from '../../service/server.ts'
import { readSettings } from '../../service/settings.ts'
import { createTestLocation, serverUrl } from './support/database.ts'
import { startIdentity, type Identity } from './support/identity.ts'
import { startPartnerServer, type PartnerServer } from './support/partner-server.ts'
import { openWorld, type World } from './support/service.ts'
import {
  startStripeServer,
  WEBHOOK_SECRET,
  webhook,
  type StripeServer,
} from './support/stripe-server.ts'
import { newTeam } from './support/teams.ts'

/** Reads a stream as a page does; gives the names of its events, one at a time. */
function readEvents(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) throw new Error('The answer has no body.')
  let text = ''
  return {
    /** Null when the stream has ended. */
    async next(): Promise<string | null> {
      for (;;) {
        const [message, ...rest] = text.split('\n\n')
        if (rest.length > 0 && message !== undefined) {
          text = rest.join('\n\n')
          const [, event] = /^event: (\w+)$/m.exec(message) ?? []
          if (event !== undefined) return event
          continue
        }
        const { value, done } = await reader.read()
        if (done) return null
        text += value
      }
    },
    cancel: () => reader.cancel(),
  }
}

describe('the stream of a balance', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  it('reports a change once it is committed, and nobody else’s', async () => {
    const service = world.service()
    const [person, other] = [await service.person(1_000_000), await service.person(1_000_000)]
    const stream = readEvents(await person.get(balanceStreamPaths.customer))
    expect(await stream.next()).toBe('open')
    const credit = { usdMicros: 5_000_000, reason: 'for the test' }
    const { adjust } = adminOf(world.database.db)
    await adjust({ ...credit, subject: other.subject, reference: 'first' })
    await adjust({ ...credit, subject: person.subject, reference: 'first' })
    expect(await stream.next()).toBe('changed')
    const balance = await (await person.get('/customers/balance')).json()
    expect(balance).toMatchObject({ amount_micros: 600 })
    await stream.cancel()
  })

  it('reports a running call and its price, by any instance', async () => {
    const person = await world.service().person(5_000_000)
    const stream = readEvents(await person.get(balanceStreamPaths.customer))
    expect(await stream.next()).toBe('open')
    const call = world.service().fetch('/proxy/aurora/v1/edits', {
      method: 'POST',
      headers: { Authorization: `Bearer ${person.token}` },
      body: '{}',
    })
    expect(await stream.next()).toBe('changed')
    expect((await call).status).toBe(200)
    await stream.cancel()
  })

  it('of a workspace is for its members', async () => {
    const service = world.service()
    const team = await newTeam(world, service)
    const stream = readEvents(await team.asMember.get(balanceStreamPaths.workspace))
    expect(await stream.next()).toBe('open')
    await adminOf(world.database.db).adjust({
      workspaceId: team.workspaceId,
      usdMicros: 1_000_000,
      reference: 'stream',
      reason: 'for the test',
    })
    expect(await stream.next()).toBe('changed')
    await stream.cancel()
  })

  it('is refused without a login', async () => {
    const response = await world.service().fetch(balanceStreamPaths.customer)
    expect(response.status).toBe(401)
  })

  it('is forgotten when its reader leaves, and refused when there are too many', async () => {
    const service = world.service()
    const person = await service.person(1_000_000)
    const open = () => person.get(balanceStreamPaths.customer)
    const streams = await Promise.all(Array.from({ length: 30 }, open))
    const refused = await open()
    expect(refused.status).toBe(429)
    expect(refused.headers.get('Retry-After')).toBe('60')
    const [first] = streams
    await first?.body?.cancel()
    const after = await open()
    expect(after.status).toBe(200)
    await Promise.all([...streams.slice(1), after].map(({ body }) => body?.cancel()))
  })

  it('is not opened for HEAD, whose answer nobody reads', async () => {
    const person = await world.service().person(0)
    const head = () => person.fetch(balanceStreamPaths.customer, { method: 'HEAD' })
    const answers = await Promise.all(Array.from({ length: 31 }, head))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const stream = await person.get(balanceStreamPaths.customer)
    expect(stream.status).toBe(200)
    await stream.body?.cancel()
  })

  it('does not exist on the plain contract', async () => {
    const person = await world.service('plain').person()
    expect((await person.get(balanceStreamPaths.customer)).status).toBe(404)
  })
})

describe('over the network', () => {
  let identity: Identity
  let stripe: StripeServer
  let partner: PartnerServer
  let folder: string
  let testLocation: Awaited<ReturnType<typeof createTestLocation>>
  let service: RunningService
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credits-stream-'))
    ;[identity, stripe, partner, testLocation] = await Promise.all([
      startIdentity(),
      startStripeServer(),
      startPartnerServer(),
      createTestLocation(folder),
    ])
    service = await start()
  })
  afterAll(async () => {
    await service.close()
    await Promise.all([identity.close(), stripe.close(), partner.close()])
    await testLocation.drop()
    await rm(folder, { recursive: true, force: true })
  })

  function start(): Promise<RunningService> {
    const { location } = testLocation
    return startService(
      readSettings({
        PORT: '0',
        ...('url' in location ? { DATABASE_URL: location.url } : { DATA_DIR: location.folder }),
        AUTH_JWKS_URL: identity.jwksUrl,
        WORKSPACE_TOKEN_SECRET: 'a-secret-for-tests-only',
        STRIPE_SECRET_KEY: 'sk_test_sandbox',
        STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
        STRIPE_API_BASE: stripe.url,
        PARTNER_BASE_URL: partner.url,
        LOG_LEVEL: 'silent',
      }),
    )
  }

  async function watch(subject: string) {
    const headers = { Authorization: `Bearer ${await identity.token(subject)}` }
    const response = await fetch(service.url + balanceStreamPaths.customer, { headers })
    expect(response.headers.get('Content-Type')).toContain('text/event-stream')
    const stream = readEvents(response)
    expect(await stream.next()).toBe('open')
    return { stream, headers }
  }

  it('a change reaches a page that reads', async () => {
    const { stream, headers } = await watch('watcher')
    await fetch(`${service.url}/customers`, { method: 'POST', headers })
    const bought = await fetch(`${service.url}/customers/credit`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ amount_micros: 25_000_000, currency: 'usd' }),
    })
    expect(bought.status).toBe(201)
    const [session] = [...stripe.sessions.values()].slice(-1)
    const paid = { ...session, status: 'complete', payment_status: 'paid' }
    const answer = await fetch(
      `${service.url}/webhooks/stripe`,
      webhook('checkout.session.completed', paid),
    )
    expect(answer.status).toBe(200)
    // The account's creation may arrive first.
    for (let cents = 0; cents !== 2_500;) {
      expect(await stream.next()).toBe('changed')
      const balance = await fetch(`${service.url}/customers/balance`, { headers })
      cents = balanceSchema.parse(await balance.json()).amount_micros
    }
    await stream.cancel()
  })

  it('open streams end with the service and do not hold it up', async () => {
    const { stream } = await watch('left-behind')
    const startedAt = performance.now()
    await service.close()
    let last = await stream.next()
    while (last !== null) last = await stream.next()
    expect(performance.now() - startedAt).toBeLessThan(2_400)
    service = await start()
  })

  it.skipIf(serverUrl === null)(
    'a watcher is notified after the listening connection was lost (skipped without TEST_DATABASE_URL: a folder has none)',
    async () => {
      const { stream } = await watch('watcher')
      const { location } = testLocation
      const database = await openDatabase(location, createLog('silent'))
      await database.db.execute(
        `select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen %' and datname = current_database()`,
      )
      await database.close()
      expect(await stream.next()).toBe('changed')
      await stream.cancel()
    },
  )
})
