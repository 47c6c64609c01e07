import { fork, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { compileFiles } from '../../sandbox/compile.ts'
import { compiledName } from '../../sandbox/compiled-name.ts'
import { freePort } from '../../sandbox/ports.ts'
import { adminOf } from '../../service/admin.ts'
import { openDatabase } from '../../service/database/open.ts'
import { startPostgres } from '../postgres.ts'
import { attacks, PICTURES } from './attacks.ts'
import type { Gauged } from './gauge.ts'

const HOST = '127.0.0.1'
/** 30 streams each. */
const PEOPLE = 34
/** Of a partner's answer. */
const PICTURE_BYTES = 16 * 1024 * 1024
const NOWHERE = 'http://127.0.0.1:9'
const SERVICE = 'service/main.ts'
const GAUGE = 'scripts/pressure/gauge.ts'

export interface Measured {
  readonly attack: string
  readonly answers: string
  readonly service: Gauged
  /** A process beside it that does nothing: what the machine itself adds. */
  readonly idle: Gauged
}

/** The service on PostgreSQL under one attack after the other. */
export async function measurePressure(report: (measured: Measured) => void): Promise<void> {
  const postgres = await startPostgres()
  try {
    await measureOn(postgres.url, report)
  } finally {
    await postgres.stop()
  }
}

async function measureOn(url: string, report: (measured: Measured) => void): Promise<void> {
  const port = await freePort(HOST)
  const keys = await makePeople(url)
  const compiled = await compileFiles([SERVICE, GAUGE])
  const gauge = join(compiled.dir, compiledName(GAUGE))
  const partner = await startPartner()
  const env = { PATH: process.env['PATH'], ...settingsOf({ url, port, partner: partner.url }) }
  const main = join(compiled.dir, compiledName(SERVICE))
  const service = fork(main, { env, execArgv: ['--import', gauge], stdio: 'ignore' })
  const idle = fork(gauge, { env: {}, stdio: 'ignore' })
  try {
    await untilReady(port)
    for (const { name, run } of attacks) {
      await Promise.all([ask(service), ask(idle)])
      const answers = await run({ port, keys })
      const [ofService, ofIdle] = await Promise.all([ask(service), ask(idle)])
      report({ attack: name, answers, service: ofService, idle: ofIdle })
      await wait(1_000)
    }
  } finally {
    await Promise.all([service, idle].map(end))
    partner.close()
    await compiled.remove()
  }
}

async function makePeople(url: string): Promise<string[]> {
  const database = await openDatabase({ url }, pino({ level: 'silent' }))
  const admin = adminOf(database.db)
  const keys: string[] = []
  for (let index = 0; index < PEOPLE; index += 1) {
    const subject = `pressure-${randomUUID()}`
    const reason = 'to be measured'
    await admin.adjust({ subject, usdMicros: 100_000_000, reference: 'opening', reason })
    keys.push(await admin.createApiKey({ subject }))
  }
  await database.close()
  return keys
}

/** Reads whatever it is sent, and answers it, at one path with a large picture. */
async function startPartner() {
  const server = createServer((request, response) => {
    request.resume()
    const bytes = request.url === PICTURES ? PICTURE_BYTES : 0
    const answer = JSON.stringify({ images: ['A'.repeat(bytes)] })
    request.on('end', () => response.end(answer))
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://${HOST}:${port}`, close: () => void server.close() }
}

function settingsOf(at: { url: string; port: number; partner: string }): Record<string, string> {
  return {
    PORT: String(at.port),
    DATABASE_URL: at.url,
    WORKSPACE_TOKEN_SECRET: 'a-secret-for-this-run-only',
    STRIPE_SECRET_KEY: 'sk_test_pressure',
    STRIPE_WEBHOOK_SECRET: 'whsec_pressure',
    STRIPE_API_BASE: NOWHERE,
    PARTNER_BASE_URL: at.partner,
    RECONCILE_SECONDS: '0',
    LOG_LEVEL: 'error',
  }
}

async function untilReady(port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://${HOST}:${port}/readyz`).catch(() => null)
    if (answer?.ok) return
    await wait(200)
  }
}

/** What it was since the last question. */
async function ask(child: ChildProcess): Promise<Gauged> {
  const answer = once(child, 'message')
  child.send('since when')
  const [gauged] = (await answer) as [Gauged]
  return gauged
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
