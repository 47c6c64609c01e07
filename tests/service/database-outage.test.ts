import { once, EventEmitter } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { balanceSchema } from '@comfyui-credits/contract/schemas'
import { compileProcesses, type Compiled } from '../../sandbox/compile.ts'
import { listenOnServer } from '../../service/database/listen.ts'
import { adminOf } from '../../service/admin.ts'
import { openDatabase, type DatabaseLocation } from '../../service/database/open.ts'
import { createTestLocation, serverUrl } from './support/database.ts'
import { startIdentity, type Identity } from './support/identity.ts'
import { startPartnerServer, type PartnerServer } from './support/partner-server.ts'
import { end, spawnService, untilReady } from './support/process.ts'
import { startStripeServer, type StripeServer } from './support/stripe-server.ts'
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts'

const why = 'skipped without TEST_DATABASE_URL: a folder has no server that could restart'
const log = pino({ level: 'silent' })
const USD = 1_000_000
const terminateOthers = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`

vi.setConfig({ testTimeout: 90_000 })

describe.skipIf(serverUrl === null)(`a PostgreSQL server that restarts (${why})`, () => {
  let identity: Identity
  let stripe: StripeServer
  let partner: PartnerServer
  let compiled: Compiled
  let server: { location: DatabaseLocation; drop: () => Promise<void> }
  let proxy: TcpProxy
  /** The database, past the proxy and through it. */
  let direct: string
  let proxied: string
  let child: ChildProcess | null = null

  beforeAll(async () => {
    ;[identity, stripe, partner, compiled] = await Promise.all([
      startIdentity(),
      startStripeServer(),
      startPartnerServer(),
      compileProcesses(),
    ])
  })
  afterAll(() =>
    Promise.all([identity.close(), stripe.close(), partner.close(), compiled.remove()]),
  )
  beforeEach(async () => {
    server = await createTestLocation('')
    direct = 'url' in server.location ? server.location.url : ''
    const { hostname: host, port } = new URL(direct)
    proxy = await startTcpProxy({ host, port: Number(port || 5_432) })
    const through = new URL(direct)
    through.host = `127.0.0.1:${proxy.port}`
    proxied = through.href
  })
  afterEach(async () => {
    if (child) await end(child, 'SIGKILL')
    await proxy.close()
    await server.drop()
  })

  async function query(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: direct })
    await client.connect()
    await client.query(text)
    await client.end()
  }

  /** As a fast shutdown does: every connection gets a farewell (57P01) and is cut, and no new one is taken. */
  async function stopServer(): Promise<void> {
    await query(terminateOthers)
    proxy.mode = 'refusing'
  }

  async function start(settings: Record<string, string> = {}) {
    child = spawnService(
      { compiledDir: compiled.dir, location: { url: proxied }, identity, stripe, partner },
      settings,
    )
    return { child, url: await untilReady(child) }
  }

  async function person(subject: string) {
    const admin = await openDatabase({ url: direct }, log)
    const opening = { subject, usdMicros: USD, reference: 'opening', reason: 'for the test' }
    await adminOf(admin.db).adjust(opening)
    await admin.close()
    return { Authorization: `Bearer ${await identity.token(subject)}` }
  }

  async function cents(url: string, headers: Record<string, string>): Promise<number> {
    const response = await fetch(`${url}/customers/balance`, { headers })
    return balanceSchema.parse(await response.json()).amount_micros
  }

  it('is answered for with 503 and Retry-After, and works within two seconds of its return', async () => {
    const { url, child: running } = await start({ RECONCILE_SECONDS: '1' })
    const headers = await person('restarts')
    for (let round = 0; round < 3; round += 1) {
      expect(await cents(url, headers)).toBe(100)
      await stopServer()
      for (const path of ['/customers/balance', '/healthz']) {
        const response = await fetch(url + path, { headers })
        expect(response.status).toBe(503)
        expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0)
        expect(await response.json()).toMatchObject({ code: 'internal' })
      }
      proxy.mode = 'open'
      const backAt = performance.now()
      await vi.waitFor(async () => expect(await cents(url, headers)).toBe(100), { timeout: 2_000 })
      expect(performance.now() - backAt).toBeLessThan(2_000)
    }
    expect(running.exitCode).toBeNull()
  })

  it('while a connection is lent and idle does not end the process', async () => {
    // The reconciliation holds its lock's connection while Stripe does not answer.
    const asked = new EventEmitter()
    const stalled = await startPartnerServer()
    stalled.answer = () => {
      asked.emit('reached')
      return new Promise<Response>(() => {})
    }
    const reached = once(asked, 'reached')
    const { url, child: running } = await start({
      RECONCILE_SECONDS: '1',
      STRIPE_API_BASE: stalled.url,
    })
    await reached
    const headers = await person('lent')
    await stopServer()
    expect((await fetch(`${url}/customers/balance`, { headers })).status).toBe(503)
    proxy.mode = 'open'
    await vi.waitFor(async () => expect(await cents(url, headers)).toBe(100), { timeout: 2_000 })
    expect(running.exitCode).toBeNull()
    await stalled.close()
  })

  it('while a partner works loses no charge', async () => {
    const { url } = await start()
    const headers = await person('charged')
    const asked = new EventEmitter()
    partner.answer = async () => {
      asked.emit('reached')
      await once(asked, 'release')
      return Response.json({})
    }
    const reached = once(asked, 'reached')
    const call = fetch(`${url}/proxy/aurora/v1/edits`, { method: 'POST', headers, body: '{}' })
    await reached
    await stopServer()
    asked.emit('release')
    await vi.waitFor(async () => {
      expect((await fetch(`${url}/healthz`)).status).toBe(503)
    })
    proxy.mode = 'open'
    expect((await call).status).toBe(200)
    expect(await cents(url, headers)).toBe(96)
  })

  it('with one row locked serves everybody else, and charges once the row is free', async () => {
    const limits = { DATABASE_LOCK_MS: '500', DATABASE_POOL_SIZE: '10' }
    const { url } = await start(limits)
    const [locked, other] = [await person('locked'), await person('other')]
    partner.answer = () => Response.json({})
    // Their first login writes their e-mail, for which it would wait.
    expect((await fetch(`${url}/customers`, { method: 'POST', headers: locked })).status).toBe(200)
    const blocker = new pg.Client({ connectionString: direct })
    await blocker.connect()
    await blocker.query(`begin; select * from accounts where subject = 'locked' for no key update`)
    const call = () =>
      fetch(`${url}/proxy/aurora/v1/edits`, { method: 'POST', headers: locked, body: '{}' })
    const calls = Array.from({ length: 14 }, call)
    // Several times as long as a statement waits for the row.
    for (let round = 0; round < 10; round += 1) {
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      expect(await cents(url, other)).toBe(100)
      await blocker.query('select pg_sleep(0.2)')
    }
    await blocker.query('commit')
    await blocker.end()
    const charged = (await Promise.all(calls)).filter(({ status }) => status === 200).length
    expect(charged).toBe(14)
    expect(await cents(url, locked)).toBe(100 - 4 * charged)
  })

  it('that is frozen is not waited for by SIGTERM, nor by what asks whether the process lives', async () => {
    const { url, child: running } = await start()
    const headers = await person('frozen')
    expect(await cents(url, headers)).toBe(100)
    proxy.mode = 'silent'
    const stuck = Array.from({ length: 5 }, () =>
      fetch(`${url}/customers/balance`, { headers }).catch(() => null),
    )
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    const startedAt = performance.now()
    await end(running, 'SIGTERM')
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    await Promise.all(stuck)
  })

  it('without a word is noticed by the connection that listens', async () => {
    const heard: (string | null)[] = []
    const wakes = new EventEmitter()
    const warning = pino({ level: 'warn' }, { write: () => wakes.emit('warned') })
    const options = { url: proxied, log: warning, heartbeatMs: 1_000 }
    const stop = await listenOnServer(options, 'test', (payload) => {
      heard.push(payload)
      wakes.emit('heard')
    })
    // Half-open: the listener's end stays up, the server's is gone.
    proxy.mode = 'silent'
    await once(wakes, 'warned')
    const woken = once(wakes, 'heard')
    proxy.mode = 'open'
    await woken
    expect(heard).toEqual([null])
    const notified = once(wakes, 'heard')
    await query(`notify test, 'after'`)
    await notified
    expect(heard).toEqual([null, 'after'])
    await stop()
  })
})
