import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { join } from 'node:path'
import { pino } from 'pino'
import { Stripe } from 'stripe'
import { compileFiles } from '../../sandbox/compile.ts'
import { compiledName } from '../../sandbox/compiled-name.ts'
import { freePort } from '../../sandbox/ports.ts'
import { adminOf, type Admin } from '../../service/admin.ts'
import { openDatabase, type DatabaseLocation } from '../../service/database/open.ts'
import { startDurablePostgres, type DurableServer } from '../postgres.ts'
import { mountSmallDisk, type SmallDisk } from './disk.ts'
import { Victim } from './victim.ts'

export const WEBHOOK_SECRET = 'whsec_chaos'
export const ADMIN_TOKEN = 'the-operators-of-chaos'
const STRIPE_KEY = 'sk_test_chaos'
const HOST = '127.0.0.1'
const PEOPLE = 40
const OPENING_USD_MICROS = 5_000_000
const stripeProtocol = { protocol: 'http', telemetry: false } as const
const DISK_MEGABYTES = 700

const modules = {
  service: 'service/main.ts',
  stripe: 'sandbox/stripe/main.ts',
  partner: 'scripts/chaos/partner.ts',
  clock: 'scripts/chaos/clock.ts',
  endWithParent: 'sandbox/end-with-parent.ts',
}

/** Somebody with an account, by their API key. */
export interface Person {
  readonly subject: string
  readonly key: string
}

export interface Instance {
  readonly victim: Victim
  readonly url: string
  /** What its clock says, by SIGUSR2; see clock.ts. */
  readonly clockFile: string
}

/** The whole: the service once or twice, its database, and what it depends on. */
export interface World {
  readonly folder: string
  readonly location: DatabaseLocation
  readonly instances: readonly Instance[]
  readonly partner: Victim
  readonly journalFile: string
  readonly stripe: Victim
  readonly stripeUrl: string
  readonly stripeClient: Stripe
  /** Null where the service has its own database. */
  readonly postgres: DurableServer | null
  readonly disk: SmallDisk
  readonly people: readonly Person[]
  close(): Promise<void>
}

async function compileProcesses() {
  const compiled = await compileFiles(Object.values(modules))
  const named = Object.entries(modules).map(([name, file]) => [
    name,
    join(compiled.dir, compiledName(file)),
  ])
  return { compiled, files: Object.fromEntries(named) as Record<keyof typeof modules, string> }
}

export async function openWorld(
  folder: string,
  database: 'server' | 'folder',
  memory: string,
): Promise<World> {
  // PostgreSQL has a user of its own, who must reach its data.
  chmodSync(folder, 0o755)
  const disk = mountSmallDisk(join(folder, 'database'), DISK_MEGABYTES)
  const postgres = database === 'server' ? await startDurablePostgres(disk.folder) : null
  const location = postgres ? { url: postgres.url } : { folder: disk.folder }
  const people = await makePeople(location)
  const [stripePort, partnerPort] = [await freePort(HOST), await freePort(HOST)]
  const stripeUrl = `http://${HOST}:${stripePort}`
  const journalFile = join(folder, 'partner-journal.jsonl')
  const { compiled, files } = await compileProcesses()
  const common = { STRIPE_API_BASE: stripeUrl, PARTNER_BASE_URL: `http://${HOST}:${partnerPort}` }
  const instances: Instance[] = []
  for (const name of postgres ? ['A', 'B'] : ['A']) {
    instances.push(await makeInstance(folder, name, files, { ...common, ...settingsOf(location) }))
  }
  const webhooks = await shareWebhooks(instances.map(({ url }) => url))
  const [stripe, partner] = [
    new Victim({
      name: 'Stripe',
      main: files.stripe,
      imports: [files.endWithParent],
      logFile: join(folder, 'stripe.log'),
      env: stripeEnvironment(memory, stripePort, webhooks.url),
    }),
    new Victim({
      name: 'partner',
      main: files.partner,
      imports: [files.endWithParent],
      logFile: join(folder, 'partner.log'),
      env: { PORT: String(partnerPort), JOURNAL: journalFile },
    }),
  ]
  const victims = [stripe, partner, ...instances.map(({ victim }) => victim)]
  await Promise.all(victims.map((victim) => victim.start()))
  return {
    folder,
    location,
    instances,
    partner,
    journalFile,
    stripe,
    stripeUrl,
    postgres,
    disk,
    people,
    stripeClient: new Stripe(STRIPE_KEY, { host: HOST, port: stripePort, ...stripeProtocol }),
    async close() {
      await Promise.all(victims.map((victim) => victim.stop()))
      webhooks.server.closeAllConnections()
      webhooks.server.close()
      await postgres?.stop()
      disk.remove()
      await compiled.remove()
    },
  }
}

const settingsOf = (location: DatabaseLocation): Record<string, string> =>
  'url' in location ? { DATABASE_URL: location.url } : { DATA_DIR: location.folder }

async function makePeople(location: DatabaseLocation): Promise<Person[]> {
  const database = await openDatabase(location, pino({ level: 'silent' }))
  const admin = adminOf(database.db)
  const people: Person[] = []
  for (let number = 1; number <= PEOPLE; number += 1) people.push(await makePerson(admin, number))
  await database.close()
  return people
}

async function makePerson(admin: Omit<Admin, 'close'>, number: number): Promise<Person> {
  const subject = `chaos-${number}`
  const opening = { reference: 'opening', reason: 'to begin with' }
  await admin.adjust({ subject, usdMicros: OPENING_USD_MICROS, ...opening })
  return { subject, key: await admin.createApiKey({ subject, email: `${subject}@example.com` }) }
}

async function makeInstance(
  folder: string,
  name: string,
  files: Readonly<Record<keyof typeof modules, string>>,
  settings: Record<string, string>,
): Promise<Instance> {
  const port = await freePort(HOST)
  const clockFile = join(folder, `clock-${name}`)
  writeFileSync(clockFile, '0')
  const limits = ['WRONG_CREDENTIALS', 'PURCHASES', 'QUESTIONS', 'CALLS', 'KEY_CALLS'].map(
    (limit) => [`RATE_${limit}`, 'off'],
  )
  const env = {
    PORT: String(port),
    AUTH_JWKS_URL: `http://${HOST}:9/jwks`,
    WORKSPACE_TOKEN_SECRET: 'a-secret-for-chaos-only',
    STRIPE_SECRET_KEY: STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    ADMIN_TOKEN,
    RECONCILE_SECONDS: '5',
    LOG_LEVEL: 'warn',
    CHAOS_CLOCK: clockFile,
    ...(Object.fromEntries(limits) as Record<string, string>),
    ...settings,
  }
  const logFile = join(folder, `service-${name}.log`)
  const imports = [files.endWithParent, files.clock]
  const main = files.service
  const victim = new Victim({ name: `service ${name}`, main, logFile, env, imports })
  return { victim, url: `http://${HOST}:${port}`, clockFile }
}

function stripeEnvironment(folder: string, port: number, webhooks: string): Record<string, string> {
  mkdirSync(folder, { recursive: true })
  return {
    PORT: String(port),
    DATA_DIR: folder,
    WEBHOOK_URL: webhooks,
    WEBHOOK_SECRET,
    API_KEY: STRIPE_KEY,
  }
}

/** One address for Stripe's events, which the instances share in turn. */
async function shareWebhooks(urls: readonly string[]): Promise<{ url: string; server: Server }> {
  let turn = 0
  const server = createServer(async (request, response) => {
    const url = urls[(turn += 1) % urls.length]
    const body = await buffer(request)
    const headers = { 'Stripe-Signature': String(request.headers['stripe-signature']) }
    const answer = await fetch(`${url}/webhooks/stripe`, { method: 'POST', headers, body }).catch(
      () => null,
    )
    await answer?.body?.cancel()
    response.writeHead(answer?.status ?? 502).end()
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.')
  return { url: `http://${HOST}:${address.port}/webhooks/stripe`, server }
}
