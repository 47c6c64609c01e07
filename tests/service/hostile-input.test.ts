import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { balanceStreamPaths } from '@comfyui-credits/contract/balance-stream'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { apiErrorSchema } from '@comfyui-credits/contract/errors'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { adminOf } from '../../service/admin.ts'
import { products } from '../../service/proxy/catalog.ts'
import { ADMIN_TOKEN, openWorld, type Person, type Service, type World } from './support/service.ts'
import { startStandIn, type StandIn } from './support/stand-in.ts'
import { newTeam } from './support/teams.ts'

let world: World
let standIn: StandIn
let service: Service
let person: Person
/** Headers of a stranger, a person, a key, a team's owner and member, and the operators. */
let logins: Record<string, string>[]
let workspaceId: string
beforeAll(async () => {
  ;[world, standIn] = await Promise.all([openWorld(), startStandIn()])
  service = world.service('extended', standIn.url)
  person = await service.person(1_000_000_000)
  const team = await newTeam(world, service, { usdMicros: 1_000_000_000 })
  ;({ workspaceId } = team)
  const key = await adminOf(world.database.db).createApiKey({ subject: person.subject })
  const bearers = [person, team.asOwner, team.asMember, { token: ADMIN_TOKEN }]
  logins = [
    {},
    { 'X-API-KEY': key },
    ...bearers.map(({ token }) => ({ Authorization: `Bearer ${token}` })),
  ]
})
afterAll(async () => {
  await standIn.close()
  await world.close()
})

const dashes = '-'.repeat(36)

describe('input that no database takes', () => {
  it.each([
    ['a NUL in a query', '/customers/events?filter=a%00b', 400],
    ['a NUL in a path', '/customers/credit/cs_%00', 400],
    ['a NUL in the id of a job', '/proxy/tempo/v1/videos/a%00', 400],
    ['a date after all dates', '/customers/events?start_date=%2B275760-09-13T00:00:00Z', 400],
    ['a date before all dates', '/customers/events?end_date=-271821-04-20T00:00:00Z', 400],
    ['a date of six digits', '/customers/events?end_date=%2B100000-01-01T00:00:00Z', 400],
    ['a date in the year 0', '/customers/events?start_date=0000', 400],
    ['a page beyond all pages', '/customers/events?page=9007199254740991&limit=100', 400],
    ['an id that is none', `/api/billing/ops/${dashes}`, 404],
    ['an id with a letter too many', '/api/billing/ops/0000000g-0000-4000-8000-000000000000', 404],
    ['an address with a broken escape', '/customers/credit/%E0%A4%A', 404],
  ])('%s is refused with a code', async (_, path, status) => {
    const response = await person.get(path)
    expect(response.status).toBe(status)
    expect(apiErrorSchema.parse(await response.json()).code).toBeTruthy()
  })

  it.each([
    ['name', { name: 'a\0b' }],
    ['e-mail', { email: 'a\0@example.com' }],
  ])('a login with a NUL in its %s is refused', async (_, claims) => {
    const token = await world.identity.token('nul', { claims })
    const headers = { Authorization: `Bearer ${token}` }
    const response = await service.fetch('/customers', { method: 'POST', headers })
    expect(response.status).toBe(401)
  })

  it.each([
    ['/api/auth/token', { workspace_id: 'ws_\0' }],
    ['/api/billing/topup', { amount_cents: 2 ** 53 - 1 }],
    ['/api/billing/topup/checkout', { amount_cents: 2 ** 53 - 1, return_url: 'http://x' }],
    ['/customers/credit', { amount_micros: 2 ** 53 - 1, currency: 'usd' }],
    ['/customers/credit', { amount_micros: 5e6, currency: 'u\0' }],
  ])('%s refuses %j', async (path, body) => {
    const response = await person.post(path, body)
    expect(response.status).toBe(400)
    expect(apiErrorSchema.parse(await response.json()).code).toBeTruthy()
  })
})

const KEYS = '/credits/workspaces/:workspace_id/keys'
const endpoints = [
  ...Object.values({ ...customerEndpoints, ...workspaceEndpoints }),
  ...products.flatMap(({ path }) => [
    { method: 'POST', path: `/proxy${path}` },
    { method: 'GET', path: `/proxy${path}/:id` },
  ]),
  ...Object.values(balanceStreamPaths).map((path) => ({ method: 'GET', path })),
  ...['GET', 'POST'].map((method) => ({ method, path: KEYS })),
  ...['PATCH', 'DELETE'].map((method) => ({ method, path: `${KEYS}/:id` })),
  { method: 'DELETE', path: '/api/workspace/members/:id' },
  { method: 'POST', path: '/webhooks/stripe' },
  { method: 'POST', path: '/admin/reconcile' },
  { method: 'GET', path: '/checkout/done' },
  { method: 'GET', path: '/:id' },
].map(({ method, path }) => ({ method, path }))

const traps =
  '% %00 %E0%A4%A ../.. ws_ self workspace user -1 1e999 NaN +275760-09-13 -271821-04-20 0000 usd http://x/ javascript:x __proto__ 00000000-0000-4000-8000-000000000000'
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', '\ud800', "'; --", dashes, `ws_${dashes}`, '9'.repeat(400)),
  fc.constantFrom(...traps.split(' ')),
)
const hostileValue = fc.oneof(
  hostileText,
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -1, 500, 5e6, 2 ** 53, 1e300, 2 ** 64, null, true),
  fc.jsonValue(),
)
const fields =
  'name expires_at amount_micros amount_cents currency return_url idempotency_key days workspace_id n quality prompt max_tokens model duration factor resolution texture image a'
const names = fc.constantFrom(...fields.split(' '))
const bodies = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(names, hostileValue).map((body) => JSON.stringify(body)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: hostileText },
)
const queryNames = 'page limit filter start_date end_date scope user_id x'.split(' ')
const queries = fc.array(fc.tuple(fc.constantFrom(...queryNames), hostileText), { maxLength: 4 })
const headers = fc.dictionary(
  fc.constantFrom('Idempotency-Key', 'Comfy-Job-Id', 'Comfy-Node-Type', 'Stripe-Signature'),
  fc.string({ maxLength: 300 }),
  { maxKeys: 2 },
)

const requests = fc.record({
  endpoint: fc.constantFrom(...endpoints),
  login: fc.nat(),
  id: hostileText,
  /** Whether a workspace in the path is the team's. */
  ours: fc.boolean(),
  escaped: fc.boolean(),
  query: queries,
  body: bodies,
  headers,
})

/** Without half surrogates, which no address can have. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString()
}

/** Of an error; `fine` of any other answer, which may be a stream without an end. */
async function codeOf(response: Response): Promise<string | undefined> {
  if (response.status >= 400) return apiErrorSchema.parse(await response.json()).code
  await response.body?.cancel()
  return 'fine'
}

const runs = Number(process.env['FUZZ_RUNS'] ?? 600)
/** A request takes a few milliseconds, and a busy machine needs many times as long. */
const timeout = Math.max(600_000, runs * 300)

describe('any request to any endpoint', () => {
  it('is answered, and never blamed on the service', { timeout }, async () => {
    const property = fc.asyncProperty(requests, async (request) => {
      const { method, path } = request.endpoint
      const id = request.escaped ? encodeURIComponent(wellFormed(request.id)) : request.id
      const query = request.query.map(
        ([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`,
      )
      const named = request.ours ? path.replace(':workspace_id', workspaceId) : path
      const address = `${named.replaceAll(/:\w+/g, () => id)}?${query.join('&')}`
      fc.pre(URL.canParse(`http://localhost${address}`))
      const response = await service.fetch(address, {
        method,
        headers: { ...request.headers, ...logins[request.login % logins.length] },
        ...((method === 'POST' || method === 'PATCH') && { body: request.body }),
      })
      expect(response.status, `${method} ${address} ${request.body}`).toBeLessThan(500)
      expect(await codeOf(response)).toBeTruthy()
    })
    await fc.assert(property, { numRuns: runs })
  })
})
