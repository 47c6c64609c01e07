import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workspacesSchema, workspaceTokenSchema } from '@comfyui-credits/contract/members'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { adminOf } from '../../service/admin.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'
import { newTeam, personOf } from './support/teams.ts'

/** A credential may do what it was made for, and nothing that is made of it may do more. */

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
})
afterAll(() => world.close())

const admin = () => adminOf(world.database.db)
const byKey = (key: string) => ({ 'X-API-KEY': key })
const byToken = (token: string) => ({ Authorization: `Bearer ${token}` })
type Headers = Record<string, string>

const get = (path: string, headers: Headers) => service.fetch(path, { headers })
const balance = (headers: Headers) => get('/api/billing/balance', headers)

function exchange(workspace_id: string, headers: Headers) {
  const body = JSON.stringify({ workspace_id })
  return service.fetch('/api/auth/token', { method: 'POST', body, headers })
}

async function tokenFor(workspaceId: string, headers: Headers) {
  return workspaceTokenSchema.parse(await (await exchange(workspaceId, headers)).json())
}

async function workspacesOf(headers: Headers): Promise<string[]> {
  const answer = workspacesSchema.parse(await (await get('/api/workspaces', headers)).json())
  return answer.workspaces.map(({ id }) => id)
}

/** A person who owns two teams, with a key of the first. */
async function ownerOfTwo() {
  const { owner, workspaceId: first } = await newTeam(world, service, { usdMicros: 1_000_000 })
  const { workspaceId: second } = await admin().createTeam({
    name: 'Second',
    rail: 'stripe',
    owner: personOf(owner),
    reference: `second of ${owner.subject}`,
  })
  const key = await admin().createApiKey({ subject: owner.subject, workspaceId: first })
  const [own = ''] = await workspacesOf(byToken(owner.token))
  return { owner, first, second, own, key }
}

const customerCalls = Object.values(customerEndpoints).map(
  ({ method, path }) => [method, path.replace(':session_id', 'cs_1')] as const,
)

describe('a key of a workspace', () => {
  it('sees that workspace, and is exchanged for no other', async () => {
    const { first, second, own, key } = await ownerOfTwo()
    expect(await workspacesOf(byKey(key))).toEqual([first])
    expect((await balance(byKey(key))).status).toBe(200)
    expect((await exchange(first, byKey(key))).status).toBe(200)
    for (const other of [second, own]) {
      const refused = await exchange(other, byKey(key))
      expect(refused.status).toBe(403)
      expect(await refused.json()).toMatchObject({ code: 'forbidden' })
    }
  })

  it.each(customerCalls)('does not %s %s: that is the person’s', async (method, path) => {
    const { key } = await ownerOfTwo()
    const body = method === 'POST' ? { body: '{}' } : {}
    const refused = await service.fetch(path, { method, headers: byKey(key), ...body })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ code: 'forbidden' })
  })

  it('is refused at once after it was revoked, with the tokens made for it', async () => {
    const { owner, first, key } = await ownerOfTwo()
    const { token } = await tokenFor(first, byKey(key))
    const other = world.service()
    const asks = () =>
      Promise.all(
        [service, other].flatMap((instance) =>
          [byKey(key), byToken(token)].map(
            async (headers) => (await instance.fetch('/api/billing/balance', { headers })).status,
          ),
        ),
      )
    expect(await asks()).toEqual([200, 200, 200, 200])
    const [listed] = await admin().listApiKeys(owner.subject)
    expect(listed).toMatchObject({ workspaceId: first, revokedAt: null })
    await admin().revokeApiKey(listed?.id ?? '')
    expect(await asks()).toEqual([401, 401, 401, 401])
    expect((await exchange(first, byKey(key))).status).toBe(401)
    expect((await admin().listApiKeys(owner.subject))[0]?.revokedAt).toBeInstanceOf(Date)
    expect((await get('/api/workspaces', byToken(owner.token))).status).toBe(200)
  })

  it('is refused, with its tokens, once its person is no member any more', async () => {
    const { owner, member, workspaceId } = await newTeam(world, service)
    const key = await admin().createApiKey({ subject: member.subject, workspaceId })
    const { token } = await tokenFor(workspaceId, byKey(key))
    await admin().removeMember({ subject: member.subject, workspaceId })
    for (const headers of [byKey(key), byToken(token)]) {
      const refused = await balance(headers)
      expect(refused.status).toBe(403)
      expect(await refused.json()).toMatchObject({ code: 'no_workspace_access' })
    }
    const last = admin().removeMember({ subject: owner.subject, workspaceId })
    await expect(last).rejects.toMatchObject({ code: 'conflict' })
  })

  it('that expires takes its tokens along', async () => {
    const { owner, first } = await ownerOfTwo()
    const expiresAt = new Date(Date.now() + 60 * 60_000 - 10 * 60_000)
    const name = 'short-lived'
    const about = { subject: owner.subject, workspaceId: first, name }
    const key = await admin().createApiKey({ ...about, expiresAt })
    const { token, expires_at } = await tokenFor(first, byKey(key))
    expect(decodeJwt(token).exp).toBe(Math.floor(expiresAt.getTime() / 1_000))
    expect(new Date(expires_at)).toEqual(expiresAt)
    expect((await admin().listApiKeys(owner.subject))[0]).toMatchObject({ name, expiresAt })
    const expired = await admin().createApiKey({ ...about, expiresAt: new Date(Date.now() - 1) })
    expect((await balance(byKey(expired))).status).toBe(401)
  })
})

describe('a token of a workspace', () => {
  let person: Person
  let workspaceId: string
  let other: string
  let token: string
  beforeAll(async () => {
    const { owner, first, second } = await ownerOfTwo()
    ;[person, workspaceId, other] = [owner, first, second]
    ;({ token } = await tokenFor(first, byToken(owner.token)))
  })

  it('is exchanged for nothing, not for itself either', async () => {
    for (const wanted of [workspaceId, other]) {
      expect((await exchange(wanted, byToken(token))).status).toBe(403)
    }
    expect(await workspacesOf(byToken(token))).toEqual([workspaceId])
  })

  it.each(customerCalls)('does not %s %s: that is the person’s', async (method, path) => {
    const body = method === 'POST' ? { body: '{}' } : {}
    const refused = await service.fetch(path, { method, headers: byToken(token), ...body })
    expect(refused.status).toBe(403)
  })

  it('ends no later than the login it was made for', async () => {
    const login = await world.identity.token(person.subject, { expiresIn: 90 })
    const made = await tokenFor(workspaceId, byToken(login))
    expect(decodeJwt(made.token).exp).toBeLessThanOrEqual(decodeJwt(login).exp ?? 0)
    // ComfyUI asks for the next one five minutes before; so it waits 20 seconds, and asks on.
    const wait = new Date(made.expires_at).getTime() - 5 * 60_000 - Date.now()
    expect(wait).toBeGreaterThan(10_000)
    expect(wait).toBeLessThanOrEqual(20_000)
  })

  it('lives an hour otherwise, and says so', async () => {
    const login = await world.identity.token(person.subject, { expiresIn: 7_200 })
    const made = await tokenFor(workspaceId, byToken(login))
    const end = new Date(made.expires_at).getTime()
    expect(Math.floor(end / 1_000)).toBe(decodeJwt(made.token).exp)
    expect(end - Date.now()).toBeGreaterThan(3_590_000)
  })
})

describe('a key of a person', () => {
  it('is exchanged for their own workspace only, and the token does not speak for the person', async () => {
    const { owner, first, own } = await ownerOfTwo()
    const key = await admin().createApiKey({ subject: owner.subject })
    expect((await get('/customers/balance', byKey(key))).status).toBe(200)
    expect((await exchange(first, byKey(key))).status).toBe(403)
    const { token } = await tokenFor(own, byKey(key))
    expect((await balance(byToken(token))).status).toBe(200)
    expect((await get('/customers/balance', byToken(token))).status).toBe(403)
  })
})
