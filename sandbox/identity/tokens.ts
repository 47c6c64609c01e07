import { createHash, randomBytes } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { IdentityError } from './errors.ts'
import type { SigningKey } from './keys.ts'
import type { State, User } from './state.ts'

/** Seconds, as Firebase has it. */
export const TOKEN_LIFETIME = 3600

export interface TokenIssuer {
  readonly issuer: string
  readonly audience: string
  readonly key: SigningKey
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** An ID token with the claims of Firebase; `loginMs` is when the person last gave a password. */
export function signIdToken(by: TokenIssuer, user: User, loginMs: number): Promise<string> {
  const nowSeconds = Math.floor(by.now() / 1000)
  return new SignJWT({
    ...(user.displayName === null ? {} : { name: user.displayName }),
    auth_time: Math.floor(loginMs / 1000),
    user_id: user.id,
    email: user.email,
    email_verified: user.emailVerified,
    firebase: { identities: { email: [user.email] }, sign_in_provider: user.provider },
  })
    .setProtectedHeader({ alg: by.key.algorithm, kid: by.key.id, typ: 'JWT' })
    .setIssuer(by.issuer)
    .setAudience(by.audience)
    .setSubject(user.id)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + TOKEN_LIFETIME)
    .sign(by.key.privateKey)
}

/** The person that one of our ID tokens names. */
export async function userOfIdToken(by: TokenIssuer, state: State, token: string): Promise<User> {
  const { issuer, audience } = by
  const options = { issuer, audience, currentDate: new Date(by.now()) }
  const claims = await jwtVerify(token, by.key.publicJwk, options).catch((error: unknown) => {
    throw new IdentityError(
      error instanceof errors.JWTExpired ? 'TOKEN_EXPIRED' : 'INVALID_ID_TOKEN',
    )
  })
  const user = state.users[claims.payload.sub ?? '']
  if (user === undefined) throw new IdentityError('USER_NOT_FOUND')
  const loginSeconds = Number(claims.payload.auth_time)
  if (loginSeconds < Math.floor(user.validSinceMs / 1000)) throw new IdentityError('TOKEN_EXPIRED')
  return user
}

/** Only the hash is stored, so a copy of the file logs nobody in. */
export function addLogin(state: State, user: User, atMs: number): string {
  const refreshToken = randomBytes(48).toString('base64url')
  state.logins[hashOf(refreshToken)] = { user: user.id, atMs }
  return refreshToken
}

export function loginOf(state: State, refreshToken: string): { user: User; atMs: number } {
  const login = state.logins[hashOf(refreshToken)]
  if (login === undefined) throw new IdentityError('INVALID_REFRESH_TOKEN')
  const user = state.users[login.user]
  if (user === undefined) throw new IdentityError('USER_NOT_FOUND')
  if (login.atMs < user.validSinceMs) throw new IdentityError('TOKEN_EXPIRED')
  return { user, atMs: login.atMs }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
