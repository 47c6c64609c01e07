import { randomUUID } from 'node:crypto'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminOf } from '../../service/admin.ts'
import { createAuthenticate } from '../../service/auth/authenticate.ts'
import { createWorkspaceTokens } from '../../service/auth/workspace-token.ts'
import { apiKeys } from '../../service/database/schema.ts'
import { AUDIENCE, ISSUER } from './support/identity.ts'
import { openWorld, WORKSPACE_SECRET, type Service, type World } from './support/service.ts'

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
})
afterAll(() => world.close())

async function createCustomer(headers: Record<string, string>) {
  const response = await service.fetch('/customers', { method: 'POST', headers })
  return { status: response.status, body: (await response.json()) as { code?: string } }
}
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const unauthorized = expect.objectContaining({
  status: 401,
  body: expect.objectContaining({ code: 'unauthorized' }),
})

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('an identity token', () => {
  it('is accepted when Google signed it for this project', async () => {
    const token = await world.identity.token('ann')
    expect(await createCustomer(bearer(token))).toMatchObject({
      status: 201,
      body: { email: 'ann@example.com' },
    })
  })

  it.each([
    ['of another issuer', { issuer: 'https://securetoken.google.com/other' }],
    ['for another audience', { audience: 'other' }],
    ['that expired', { expiresIn: -60 }],
    ['signed with a key nobody published', { keyId: 'unheard-of' }],
    ['signed two minutes from now', { issuedIn: 120 }],
    ['that ends beyond all dates', { expiresIn: 1e300 }],
    ['of a login in the future', { claims: { auth_time: Math.floor(Date.now() / 1_000) + 3_600 } }],
    ['of a login at no time', { claims: { auth_time: 'now' } }],
  ])('%s is refused', async (_, options) => {
    expect(await createCustomer(bearer(await world.identity.token('ann', options)))).toEqual(
      unauthorized,
    )
  })

  it('is accepted from a clock that is half a minute ahead', async () => {
    const auth_time = Math.floor(Date.now() / 1_000) + 30
    const token = await world.identity.token('ahead', { issuedIn: 30, claims: { auth_time } })
    expect((await createCustomer(bearer(token))).status).toBe(201)
  })

  it('signed with another key under the published name is refused', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const token = await world.identity.token('ann', { key: privateKey })
    expect(await createCustomer(bearer(token))).toEqual(unauthorized)
  })

  it('whose claims were changed is refused', async () => {
    const [header, , signature] = (await world.identity.token('ann')).split('.')
    const [, other] = (await world.identity.token('bob')).split('.')
    expect(await createCustomer(bearer(`${header}.${other}.${signature}`))).toEqual(unauthorized)
  })

  it('without a subject is refused', async () => {
    expect(await createCustomer(bearer(await world.identity.token('')))).toEqual(unauthorized)
  })

  it('without a signature (alg none) is refused', async () => {
    const claims = { sub: 'ann', iss: ISSUER, aud: AUDIENCE, exp: 9_999_999_999, iat: 1 }
    const token = `${encode({ alg: 'none' })}.${encode(claims)}.`
    expect(await createCustomer(bearer(token))).toEqual(unauthorized)
  })

  it('that expired has an error of its own, so that a person knows what to do', async () => {
    const token = await world.identity.token('ann', { expiresIn: -60 })
    const { body } = await createCustomer(bearer(token))
    expect(body).toMatchObject({ message: expect.stringContaining('expired') })
  })

  it('is neither accepted nor blamed while the key server is away', async () => {
    const authenticate = createAuthenticate({
      db: world.database.db,
      identity: { issuer: ISSUER, audience: AUDIENCE, jwksUrl: 'http://127.0.0.1:9/jwks' },
      workspaceTokens: createWorkspaceTokens(WORKSPACE_SECRET),
    })
    const authorization = `Bearer ${await world.identity.token('ann')}`
    await expect(authenticate({ authorization, apiKey: undefined })).rejects.toMatchObject({
      code: 'internal',
      status: 503,
    })
  })
})

describe('a workspace token', () => {
  it('stands for the account it was made for', async () => {
    const person = await service.person(1_000_000)
    const listed = (await (await person.get('/api/workspaces')).json()) as {
      workspaces: { id: string }[]
    }
    const workspace_id = listed.workspaces[0]?.id
    const answer = await person.post('/api/auth/token', { workspace_id })
    const { token } = (await answer.json()) as { token: string }
    const byIdentity = await (await person.get('/api/billing/balance')).json()
    const byWorkspace = await service.fetch('/api/billing/balance', { headers: bearer(token) })
    expect(byWorkspace.status).toBe(200)
    expect(await byWorkspace.json()).toEqual(byIdentity)
    expect(byIdentity).toMatchObject({ amount_micros: 100 })
  })

  it('signed with another secret is refused', async () => {
    const { token } = await createWorkspaceTokens('another-secret-altogether').issue({
      subject: 'ann',
      workspaceId: 'ws_1',
      credential: { keyId: null, expiresAt: null },
    })
    expect(await createCustomer(bearer(token))).toEqual(unauthorized)
  })

  it('made for what is no API key is refused', async () => {
    const workspaceId = `ws_${randomUUID()}`
    const credential = { keyId: 'none', expiresAt: null }
    const made = { subject: 'ann', workspaceId, credential }
    const { token } = await createWorkspaceTokens(WORKSPACE_SECRET).issue(made)
    expect(await createCustomer(bearer(token))).toEqual(unauthorized)
  })

  it('signed with our secret for another purpose is refused', async () => {
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ann')
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(WORKSPACE_SECRET))
    expect(await createCustomer(bearer(token))).toEqual(unauthorized)
  })
})

describe('an API key', () => {
  it('stands for its account', async () => {
    const person = await service.person()
    const account = await (await person.post('/customers')).json()
    const key = await adminOf(world.database.db).createApiKey({ subject: person.subject })
    expect(await createCustomer({ 'X-API-KEY': key })).toEqual({ status: 200, body: account })
  })

  it('that nobody has is refused', async () => {
    expect(await createCustomer({ 'X-API-KEY': 'comfyui-unknown' })).toEqual(unauthorized)
  })

  it('is stored as a hash only', async () => {
    const key = await adminOf(world.database.db).createApiKey({ subject: 'kept' })
    const rows = await world.database.db.select().from(apiKeys)
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(key)
  })

  it('cannot be given to a second account', async () => {
    const admin = adminOf(world.database.db)
    await admin.createApiKey({ subject: 'first', key: 'comfyui-shared' })
    await expect(
      admin.createApiKey({ subject: 'second', key: 'comfyui-shared' }),
    ).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('credentials', () => {
  it.each([
    ['none at all', {}],
    ['another scheme', { Authorization: 'Basic YTpi' }],
    ['something that is no token', { Authorization: 'Bearer nonsense' }],
    ['an empty bearer', { Authorization: 'Bearer ' }],
  ])('%s are refused', async (_, headers) => {
    expect(await createCustomer(headers as Record<string, string>)).toEqual(unauthorized)
  })

  it('never reach the log', async () => {
    const person = await service.person()
    await person.get('/customers/balance?token=secret-in-a-query')
    await createCustomer({ 'X-API-KEY': 'comfyui-secret-key' })
    const log = world.logLines.join('')
    expect(log).toContain('"route":"/customers/balance"')
    for (const secret of [person.token, 'comfyui-secret-key', 'secret-in-a-query']) {
      expect(log).not.toContain(secret)
    }
  })
})
