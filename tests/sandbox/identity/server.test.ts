import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { startIdentity } from '../../../sandbox/identity/server.ts'
import { seedUsers } from '../../../sandbox/identity/users.ts'

const ISSUER = 'https://securetoken.google.com/dreamboothy'
const AUDIENCE = 'dreamboothy'

const login = z.looseObject({
  localId: z.string(),
  email: z.string(),
  idToken: z.string(),
  refreshToken: z.string(),
})

let folder: string
let nowMs = Date.now()
let identity: Awaited<ReturnType<typeof startIdentity>>

const start = () =>
  startIdentity({
    port: 0,
    bind: '127.0.0.1',
    dataDir: folder,
    issuer: ISSUER,
    audience: AUDIENCE,
    now: () => nowMs,
  })

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credits-identity-'))
  identity = await start()
})
afterAll(async () => {
  await identity.close()
  await rm(folder, { recursive: true, force: true })
})

async function call(name: string, body: object) {
  const response = await fetch(`${identity.url}/v1/accounts:${name}?key=AIzaSandbox`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function succeed(name: string, body: object) {
  const answer = await call(name, body)
  expect(answer.status).toBe(200)
  return login.parse(answer.body)
}

async function refresh(refreshToken: string, grant = 'refresh_token') {
  const response = await fetch(`${identity.url}/v1/token?key=AIzaSandbox`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: grant, refresh_token: refreshToken }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const refusal = (message: string) => ({ status: 400, body: { error: { code: 400, message } } })
const verify = (token: string) =>
  jwtVerify(token, createRemoteJWKSet(new URL(`${identity.url}/jwks`)), {
    issuer: ISSUER,
    audience: AUDIENCE,
    currentDate: new Date(nowMs),
  })

const newUser = (email: string) => ({ email, password: 'secret-7', returnSecureToken: true })

describe('a login', () => {
  it('of a seeded user carries Firebase’s claims, signed by the published key', async () => {
    const { idToken, localId } = await succeed('signInWithPassword', {
      email: 'USER@example.com',
      password: 'Passw0rd!',
    })
    const { payload } = await verify(idToken)
    expect(localId).toBe(seedUsers[0].id)
    expect(payload).toMatchObject({
      sub: localId,
      user_id: localId,
      email: 'user@example.com',
      email_verified: true,
      firebase: { identities: { email: ['user@example.com'] }, sign_in_provider: 'password' },
    })
    expect(Number(payload.exp) - Number(payload.iat)).toBe(3600)
  })

  it('is refused alike for a wrong password and an unknown address', async () => {
    const wrong = await call('signInWithPassword', { email: 'user@example.com', password: 'no' })
    const unknown = await call('signInWithPassword', { email: 'nobody@example.com', password: 'x' })
    expect(wrong).toMatchObject(refusal('INVALID_LOGIN_CREDENTIALS'))
    expect(unknown).toEqual(wrong)
  })

  it('of a Google user names Google as its provider', async () => {
    const password = 'Passw0rd!'
    const { idToken } = await succeed('signInWithPassword', {
      email: 'google@example.com',
      password,
    })
    expect(decodeJwt(idToken)).toMatchObject({ firebase: { sign_in_provider: 'google.com' } })
    const { body } = await call('lookup', { idToken })
    expect(body.users).toMatchObject([{ providerUserInfo: [{ providerId: 'google.com' }] }])
  })

  it('by Google or GitHub is refused politely', async () => {
    expect(await call('signInWithIdp', {})).toMatchObject(refusal('OPERATION_NOT_ALLOWED'))
  })
})

describe('signing up', () => {
  it('logs the new user in, who can then be looked up', async () => {
    const { idToken, localId } = await succeed('signUp', newUser('New.Person@Example.com'))
    const { body } = await call('lookup', { idToken })
    expect(body.users).toMatchObject([{ localId, email: 'new.person@example.com' }])
  })

  it.each([
    ['an address that is taken', newUser('User@Example.COM'), 'EMAIL_EXISTS'],
    ['no address', { password: 'secret-7' }, 'ADMIN_ONLY_OPERATION'],
    ['a wrong address', newUser('nobody'), 'INVALID_EMAIL'],
    ['no password', { email: 'a@example.com' }, 'MISSING_PASSWORD'],
    [
      'a short password',
      { email: 'a@example.com', password: '12345' },
      'WEAK_PASSWORD : Password should be at least 6 characters',
    ],
  ])('is refused with %s', async (_, body, message) => {
    expect(await call('signUp', body)).toMatchObject(refusal(message))
  })
})

describe('an ID token', () => {
  it('expires after an hour, and the refresh token brings a new one', async () => {
    const { idToken, refreshToken } = await succeed('signUp', newUser('hour@example.com'))
    nowMs += 3_601_000
    await expect(verify(idToken)).rejects.toThrow(/exp/)
    expect(await call('lookup', { idToken })).toMatchObject(refusal('TOKEN_EXPIRED'))

    const { body } = await refresh(refreshToken)
    expect(body).toMatchObject({ expires_in: '3600', token_type: 'Bearer' })
    const { payload } = await verify(String(body.id_token))
    expect(payload.auth_time).toBe(decodeJwt(idToken).auth_time)
  })

  it('of somebody else’s making is not believed', async () => {
    const { idToken } = await succeed('signUp', newUser('forged@example.com'))
    const [header, , signature] = idToken.split('.')
    const claims = Buffer.from(JSON.stringify({ ...decodeJwt(idToken), sub: seedUsers[0].id }))
    const forged = [header, claims.toString('base64url'), signature].join('.')
    expect(await call('lookup', { idToken: forged })).toMatchObject(refusal('INVALID_ID_TOKEN'))
  })
})

describe('a refresh token', () => {
  it('is refused when unknown or asked for wrongly', async () => {
    expect(await refresh('made-up')).toMatchObject(refusal('INVALID_REFRESH_TOKEN'))
    expect(await refresh('made-up', 'password')).toMatchObject(refusal('INVALID_GRANT_TYPE'))
  })

  it('ends with a change of password', async () => {
    const first = await succeed('signUp', newUser('change@example.com'))
    nowMs += 1000
    const second = await succeed('update', { idToken: first.idToken, password: 'another-8' })
    expect(await refresh(first.refreshToken)).toMatchObject(refusal('TOKEN_EXPIRED'))
    expect(await refresh(second.refreshToken)).toMatchObject({ status: 200 })
    const { email } = newUser('change@example.com')
    expect(await call('signInWithPassword', newUser(email))).toMatchObject(
      refusal('INVALID_LOGIN_CREDENTIALS'),
    )
  })

  it('ends with the account', async () => {
    const { idToken, refreshToken } = await succeed('signUp', newUser('gone@example.com'))
    expect(await call('delete', { idToken })).toMatchObject({ status: 200 })
    expect(await refresh(refreshToken)).toMatchObject(refusal('INVALID_REFRESH_TOKEN'))
    expect(await call('lookup', { idToken })).toMatchObject(refusal('USER_NOT_FOUND'))
  })
})

it('stores users, logins and its key over a restart, and no password or token in the clear', async () => {
  const { idToken, refreshToken } = await succeed('signUp', newUser('kept@example.com'))
  await identity.close()
  identity = await start()
  await verify(idToken)
  expect(await refresh(refreshToken)).toMatchObject({ status: 200 })
  expect((await succeed('signInWithPassword', newUser('kept@example.com'))).email).toBe(
    'kept@example.com',
  )
  const file = await readFile(path.join(folder, 'identity.json'), 'utf8')
  expect(file).not.toContain('secret-7')
  expect(file).not.toContain(refreshToken)
})

it('lets any page ask', async () => {
  const preflight = await fetch(`${identity.url}/v1/accounts:signUp`, {
    method: 'OPTIONS',
    headers: {
      Origin: 'http://127.0.0.1:8288',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type,x-client-version',
    },
  })
  expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(preflight.headers.get('Access-Control-Allow-Headers')).toContain('x-client-version')
})

it('answers what it does not know in Google’s shape', async () => {
  expect(await call('resetPassword', {})).toMatchObject({
    status: 404,
    body: { error: { message: 'NOT_FOUND' } },
  })
})
