import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { adminOf } from '../../service/admin.ts'
import { findAccount } from '../../service/customers/accounts.ts'
import { apiKeys } from '../../service/database/schema.ts'
import { parseWorkspaceId } from '../../service/workspaces/workspace-id.ts'
import { openWorld, type Caller, type Person, type Service, type World } from './support/service.ts'
import { inWorkspace, newTeam, personOf, type Team } from './support/teams.ts'

/** Keys and members of a workspace, by HTTP: who may manage them, and how soon it counts. */

const keySchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  key_prefix: z.string().nullable(),
  key: z.string().optional(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  user: z.object({ id: z.string() }),
})
const keysSchema = z.object({ keys: z.array(keySchema) })

let world: World
/** Two instances on one database. */
let one: Service
let other: Service
beforeAll(async () => {
  world = await openWorld()
  ;[one, other] = [world.service(), world.service()]
})
afterAll(() => world.close())

const keysOf = (workspaceId: string) => `/credits/workspaces/${workspaceId}/keys`
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()

async function makeKey(person: Caller, workspaceId: string, about: object = {}) {
  const response = await person.post(keysOf(workspaceId), { name: 'Laptop', ...about })
  expect(response.status).toBe(201)
  const made = keySchema.parse(await response.json())
  return { ...made, key: made.key ?? '' }
}

/** Keys that nobody knows, faster than by the API. */
async function insertKeys(
  owner: Person,
  workspaceId: string,
  count: number,
  revokedAt: Date | null = null,
): Promise<void> {
  const account = await findAccount(world.database.db, owner.subject)
  const keys = Array.from({ length: count }, () => ({
    keyHash: randomUUID(),
    accountId: account?.id ?? '',
    workspaceId: parseWorkspaceId(workspaceId),
    revokedAt,
  }))
  await world.database.db.insert(apiKeys).values(keys)
}

async function listed(person: Caller, workspaceId: string) {
  return keysSchema.parse(await (await person.get(keysOf(workspaceId))).json()).keys
}

const change = (person: Caller, path: string, body: object) =>
  person.fetch(path, { method: 'PATCH', body: JSON.stringify(body) })
const remove = (person: Caller, path: string) => person.fetch(path, { method: 'DELETE' })

/** What both instances answer to a credential. */
const answers = (headers: Record<string, string>) =>
  Promise.all(
    [one, other].map(
      async (service) => (await service.fetch('/api/billing/balance', { headers })).status,
    ),
  )
const byKey = (key: string) => ({ 'X-API-KEY': key })
const byToken = ({ token }: { token: string }) => ({ Authorization: `Bearer ${token}` })

async function keyToken(key: string, workspace_id: string) {
  const body = JSON.stringify({ workspace_id })
  const init = { method: 'POST', body, headers: byKey(key) }
  const response = await one.fetch('/api/auth/token', init)
  return z.object({ token: z.string() }).parse(await response.json())
}

async function expectRefusal(response: Response, status: number, code: string): Promise<void> {
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ code })
}

describe('the keys of a workspace', () => {
  it('are made once, listed by their prefix, renamed, and revoked on every instance', async () => {
    const { owner, workspaceId } = await newTeam(world, one)
    const made = await makeKey(owner, workspaceId)
    expect(made.key_prefix?.length).toBeGreaterThan(8)
    expect(made.key.startsWith(made.key_prefix ?? '-')).toBe(true)
    const token = await keyToken(made.key, workspaceId)
    expect(await answers(byKey(made.key))).toEqual([200, 200])
    expect(await answers(byToken(token))).toEqual([200, 200])

    const [stored] = await listed(owner, workspaceId)
    expect(stored).toMatchObject({ id: made.id, name: 'Laptop', user: { id: owner.subject } })
    expect(JSON.stringify(stored)).not.toContain(made.key)

    const path = `${keysOf(workspaceId)}/${made.id}`
    const renamed = await change(owner, path, { name: 'Büro 机' })
    expect(keySchema.parse(await renamed.json())).toMatchObject({ name: 'Büro 机' })

    expect((await remove(owner, path)).status).toBe(204)
    expect(await answers(byKey(made.key))).toEqual([401, 401])
    expect(await answers(byToken(token))).toEqual([401, 401])
    expect((await listed(owner, workspaceId))[0]?.revoked_at).toBeTruthy()
    expect((await remove(owner, path)).status).toBe(204)
    await expectRefusal(await change(owner, path, { name: 'Back' }), 409, 'conflict')
  })

  it('end when their time is moved up', async () => {
    const { owner, workspaceId } = await newTeam(world, one)
    const made = await makeKey(owner, workspaceId, { expires_at: inSeconds(3_600) })
    const path = `${keysOf(workspaceId)}/${made.id}`
    expect(await answers(byKey(made.key))).toEqual([200, 200])
    const soon = inSeconds(60)
    const moved = await change(owner, path, { expires_at: soon })
    expect(keySchema.parse(await moved.json()).expires_at).toBe(soon)
    // As if that time had passed.
    const { db } = world.database
    await db
      .update(apiKeys)
      .set({ expiresAt: new Date(0) })
      .where(eq(apiKeys.id, made.id))
    expect(await answers(byKey(made.key))).toEqual([401, 401])
    await expectRefusal(await change(owner, path, { expires_at: null }), 409, 'conflict')
  })

  it('of a person are their own, and work as a customer', async () => {
    const person = await one.person(1_000_000)
    const own = z.object({ workspaces: z.array(z.object({ id: z.string() })) })
    const { workspaces } = own.parse(await (await person.get('/api/workspaces')).json())
    const workspaceId = workspaces[0]?.id ?? ''
    const made = await makeKey(person, workspaceId)
    const asCustomer = await one.fetch('/customers/balance', { headers: byKey(made.key) })
    expect(asCustomer.status).toBe(200)
    expect(await listed(person, workspaceId)).toMatchObject([{ id: made.id }])
  })

  it('are a hundred at most', async () => {
    const { owner, workspaceId } = await newTeam(world, one)
    await insertKeys(owner, workspaceId, 99)
    const last = await makeKey(owner, workspaceId)
    const path = keysOf(workspaceId)
    await expectRefusal(await owner.post(path, { name: 'One more' }), 409, 'conflict')
    await remove(owner, `${path}/${last.id}`)
    await makeKey(owner, workspaceId)
  })

  it('are a hundred at most of those made at once, on whatever instance', async () => {
    const { owner, workspaceId } = await newTeam(world, one)
    await insertKeys(owner, workspaceId, 97)
    // Each instance knows the login's signature by then.
    expect(await answers(byToken(owner))).toEqual([200, 200])
    const body = JSON.stringify({ name: 'Many' })
    const made = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const init = { method: 'POST', body, headers: byToken(owner) }
        const service = index % 2 === 0 ? one : other
        return (await service.fetch(keysOf(workspaceId), init)).status
      }),
    )
    expect(made.filter((status) => status === 201)).toHaveLength(3)
    expect(made.filter((status) => status === 409)).toHaveLength(9)
  })

  it('that work are listed, however many were made and revoked since', async () => {
    const { owner, workspaceId } = await newTeam(world, one)
    const hidden = await makeKey(owner, workspaceId)
    await insertKeys(owner, workspaceId, 250, new Date())
    expect((await listed(owner, workspaceId))[0]).toMatchObject({ id: hidden.id })
  })

  it('are an addition, which the plain contract lacks', async () => {
    const { owner, workspaceId } = await newTeam(world, one)
    const init = { headers: byToken(owner) }
    expect((await world.service('plain').fetch(keysOf(workspaceId), init)).status).toBe(404)
  })
})

describe('who manages no keys', () => {
  let team: Team
  let key: { id: string; key: string }
  beforeAll(async () => {
    team = await newTeam(world, one)
    key = await makeKey(team.owner, team.workspaceId)
  })

  /** List, make, change, revoke. */
  const attempts = async (caller: Caller, workspaceId = team.workspaceId) => [
    await caller.get(keysOf(workspaceId)),
    await caller.post(keysOf(workspaceId), { name: 'Mine' }),
    await change(caller, `${keysOf(workspaceId)}/${key.id}`, { name: 'Mine' }),
    await remove(caller, `${keysOf(workspaceId)}/${key.id}`),
  ]
  const withHeaders = (headers: Record<string, string>): Caller => {
    const fetch: Caller['fetch'] = (path, init = {}) => one.fetch(path, { ...init, headers })
    const post: Caller['post'] = (path, body) =>
      fetch(path, { method: 'POST', body: JSON.stringify(body) })
    return { token: '', fetch, get: (path) => fetch(path), post }
  }

  it.each<[string, () => Caller | Promise<Caller>]>([
    ['a member', () => team.member],
    ['a stranger', () => one.person()],
    ['a key of an owner', () => withHeaders(byKey(key.key))],
    [
      'a token that was made for a key',
      async () => withHeaders(byToken(await keyToken(key.key, team.workspaceId))),
    ],
    ['a token of the workspace, which would outlive itself', () => team.asOwner],
  ])('%s', async (_, caller) => {
    for (const response of await attempts(await caller())) {
      await expectRefusal(response, 403, 'forbidden')
    }
    expect(await answers(byKey(key.key))).toEqual([200, 200])
  })

  it('nobody with an expired key', async () => {
    const { owner, workspaceId } = team
    const expired = await adminOf(world.database.db).createApiKey({
      subject: owner.subject,
      workspaceId,
      expiresAt: new Date(Date.now() - 1),
    })
    for (const response of await attempts(withHeaders(byKey(expired)))) {
      await expectRefusal(response, 401, 'unauthorized')
    }
  })

  it('an owner of another workspace: its key is not there', async () => {
    const elsewhere = await newTeam(world, one)
    const [, , changed, removed] = await attempts(elsewhere.owner, elsewhere.workspaceId)
    for (const response of [changed, removed]) {
      if (response) await expectRefusal(response, 404, 'not-found')
    }
    for (const id of ['x', '../keys', '00000000-0000-4000-8000-000000000000']) {
      const path = `${keysOf(elsewhere.workspaceId)}/${encodeURIComponent(id)}`
      await expectRefusal(await remove(elsewhere.owner, path), 404, 'not-found')
    }
    expect(await answers(byKey(key.key))).toEqual([200, 200])
  })

  it.each([
    ['a name with a NUL', { name: 'a\0b' }],
    ['a name with a line break', { name: 'a\nb' }],
    ['a name of 10 kB', { name: 'x'.repeat(10_000) }],
    ['an empty name', { name: '  ' }],
    ['no name', {}],
    ['a name that is none', { name: 7 }],
    ['an end in the past', { name: 'a', expires_at: '2020-01-01T00:00:00Z' }],
    ['an end that is no date', { name: 'a', expires_at: 'tomorrow' }],
    ['an end after all dates', { name: 'a', expires_at: '9999-12-31T23:59:59Z' }],
  ])('refuses %s with 400', async (_, body) => {
    const path = keysOf(team.workspaceId)
    await expectRefusal(await team.owner.post(path, body), 400, 'bad-request')
    if (Object.keys(body).length > 0) {
      await expectRefusal(await change(team.owner, `${path}/${key.id}`, body), 400, 'bad-request')
    }
  })
})

describe('a member who is removed', () => {
  const memberPath = (subject: string) => `/api/workspace/members/${subject}`

  it('is out at once on every instance, with all keys and tokens', async () => {
    const team = await newTeam(world, one)
    const { member, workspaceId } = team
    const key = await adminOf(world.database.db).createApiKey({
      subject: member.subject,
      workspaceId,
    })
    const credentials = [
      byToken(team.asMember),
      byKey(key),
      byToken(await keyToken(key, workspaceId)),
    ]
    for (const headers of credentials) expect(await answers(headers)).toEqual([200, 200])
    expect((await remove(team.asOwner, memberPath(member.subject))).status).toBe(204)
    for (const headers of credentials) expect(await answers(headers)).toEqual([403, 403])
    const again = await remove(team.asOwner, memberPath(member.subject))
    await expectRefusal(again, 404, 'not-found')
  })

  it('and joins again gets no old key back', async () => {
    const owner = await one.person()
    const member = await one.person()
    const admin = adminOf(world.database.db)
    const reference = `again ${owner.subject}`
    const about = { name: 'Again', rail: 'stripe', reference } as const
    const people = { owner: personOf(owner), members: [personOf(member)] }
    const { workspaceId } = await admin.createTeam({ ...about, ...people })
    const key = await admin.createApiKey({ subject: member.subject, workspaceId })
    const asOwner = await inWorkspace(one, owner, workspaceId)
    expect((await remove(asOwner, memberPath(member.subject))).status).toBe(204)
    await admin.createTeam({ ...about, ...people })
    expect(await answers(byToken(await inWorkspace(one, member, workspaceId)))).toEqual([200, 200])
    expect(await answers(byKey(key))).toEqual([401, 401])
  })

  it('was removed by an owner’s login, and by nobody else', async () => {
    const team = await newTeam(world, one)
    const { owner, member, workspaceId } = team
    const key = await makeKey(owner, workspaceId)
    const byKeys = { headers: byKey(key.key), method: 'DELETE' }
    const path = memberPath(member.subject)
    await expectRefusal(await one.fetch(path, byKeys), 403, 'forbidden')
    const token = await keyToken(key.key, workspaceId)
    const byItsToken = { headers: byToken(token), method: 'DELETE' }
    await expectRefusal(await one.fetch(path, byItsToken), 403, 'forbidden')
    await expectRefusal(await remove(team.asMember, memberPath(owner.subject)), 403, 'forbidden')
    await expectRefusal(await remove(team.asOwner, memberPath(owner.subject)), 409, 'conflict')
    const elsewhere = await newTeam(world, one)
    await expectRefusal(await remove(elsewhere.asOwner, path), 404, 'not-found')
    expect(await answers(byToken(team.asMember))).toEqual([200, 200])
  })
})
