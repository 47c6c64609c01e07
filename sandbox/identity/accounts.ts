import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { IdentityError } from './errors.ts'
import { hashPassword, MIN_PASSWORD_LENGTH, passwordFits } from './password.ts'
import { findByEmail, type Provider, type State, type User } from './state.ts'
import { addLogin, signIdToken, TOKEN_LIFETIME, userOfIdToken, type TokenIssuer } from './tokens.ts'

/** The calls of Google's Identity Toolkit that Firebase's SDK makes for logins by e-mail. */

export interface Registry {
  readonly state: State
  readonly by: TokenIssuer
}

type Call = (body: unknown, registry: Registry) => Promise<object> | object

const emailSchema = z.email().max(256)
const credentials = z.looseObject({
  email: z.string().optional(),
  password: z.string().optional(),
})
const withIdToken = z.looseObject({ idToken: z.string() })

export const accountCalls: Readonly<Record<string, Call>> = {
  'accounts:signUp': signUp,
  'accounts:signInWithPassword': signIn,
  'accounts:lookup': lookUp,
  'accounts:update': update,
  'accounts:delete': remove,
  'accounts:sendOobCode': sendCode,
  'accounts:createAuthUri': createAuthUri,
  'accounts:signInWithIdp': refuseProviders,
}

export function addUser(
  state: State,
  fields: { id?: string; email: string; password: string; provider?: Provider },
  nowMs: number,
): User {
  const user: User = {
    id: fields.id ?? randomBytes(14).toString('hex'),
    email: fields.email.toLowerCase(),
    displayName: null,
    // No mail leaves a sandbox, so nobody could ever confirm an address.
    emailVerified: true,
    provider: fields.provider ?? 'password',
    password: hashPassword(fields.password),
    createdMs: nowMs,
    lastLoginMs: nowMs,
    validSinceMs: nowMs,
  }
  state.users[user.id] = user
  return user
}

function read<Schema extends z.ZodType>(schema: Schema, body: unknown, code: string) {
  const result = schema.safeParse(body)
  if (!result.success) throw new IdentityError(code)
  return result.data
}

function checkedPassword(password: string | undefined): string {
  if (password === undefined || password === '') throw new IdentityError('MISSING_PASSWORD')
  if (password.length < MIN_PASSWORD_LENGTH) {
    throw new IdentityError('WEAK_PASSWORD : Password should be at least 6 characters')
  }
  return password
}

function freeEmail(state: State, email: string | undefined): string {
  const wanted = read(emailSchema, email, 'INVALID_EMAIL')
  if (findByEmail(state, wanted)) throw new IdentityError('EMAIL_EXISTS')
  return wanted
}

/** The answer to every login: both tokens, and the person. */
async function loggedIn(user: User, { state, by }: Registry): Promise<object> {
  const atMs = by.now()
  user.lastLoginMs = atMs
  return {
    localId: user.id,
    email: user.email,
    ...(user.displayName === null ? {} : { displayName: user.displayName }),
    idToken: await signIdToken(by, user, atMs),
    refreshToken: addLogin(state, user, atMs),
    expiresIn: String(TOKEN_LIFETIME),
  }
}

async function signUp(body: unknown, registry: Registry): Promise<object> {
  const given = read(credentials, body, 'INVALID_EMAIL')
  // Without an address it would be an anonymous account; ComfyUI has none.
  if (given.email === undefined) throw new IdentityError('ADMIN_ONLY_OPERATION')
  const password = checkedPassword(given.password)
  const email = freeEmail(registry.state, given.email)
  const user = addUser(registry.state, { email, password }, registry.by.now())
  return { kind: 'identitytoolkit#SignupNewUserResponse', ...(await loggedIn(user, registry)) }
}

async function signIn(body: unknown, registry: Registry): Promise<object> {
  const given = read(credentials, body, 'INVALID_EMAIL')
  const email = read(emailSchema, given.email, 'INVALID_EMAIL')
  if (given.password === undefined || given.password === '') {
    throw new IdentityError('MISSING_PASSWORD')
  }
  const user = findByEmail(registry.state, email)
  // One answer for both, so that nobody learns which addresses have accounts.
  if (user === undefined || !passwordFits(given.password, user.password)) {
    throw new IdentityError('INVALID_LOGIN_CREDENTIALS')
  }
  return {
    kind: 'identitytoolkit#VerifyPasswordResponse',
    registered: true,
    ...(await loggedIn(user, registry)),
  }
}

function providersOf(user: User): object[] {
  const { id, email, provider } = user
  // Google and GitHub have ids of their own for a person.
  const rawId = provider === 'password' ? email : id
  return [{ providerId: provider, email, federatedId: rawId, rawId }]
}

async function lookUp(body: unknown, { state, by }: Registry): Promise<object> {
  const { idToken } = read(withIdToken, body, 'MISSING_ID_TOKEN')
  const user = await userOfIdToken(by, state, idToken)
  return {
    kind: 'identitytoolkit#GetAccountInfoResponse',
    users: [
      {
        localId: user.id,
        email: user.email,
        ...(user.displayName === null ? {} : { displayName: user.displayName }),
        emailVerified: user.emailVerified,
        providerUserInfo: providersOf(user),
        validSince: String(Math.floor(user.validSinceMs / 1000)),
        lastLoginAt: String(user.lastLoginMs),
        lastRefreshAt: new Date(by.now()).toISOString(),
        createdAt: String(user.createdMs),
      },
    ],
  }
}

const updateBody = z.looseObject({
  idToken: z.string(),
  displayName: z.string().max(256).optional(),
  email: z.string().optional(),
  password: z.string().optional(),
})

async function update(body: unknown, registry: Registry): Promise<object> {
  const { state, by } = registry
  const given = read(updateBody, body, 'MISSING_ID_TOKEN')
  const user = await userOfIdToken(by, state, given.idToken)
  if (given.email !== undefined && given.email.toLowerCase() !== user.email) {
    user.email = freeEmail(state, given.email).toLowerCase()
  }
  if (given.displayName !== undefined) user.displayName = given.displayName
  if (given.password !== undefined) {
    user.password = hashPassword(checkedPassword(given.password))
    // Logins from before are void, as with Google; the new tokens below are not.
    user.validSinceMs = by.now()
  }
  return {
    kind: 'identitytoolkit#SetAccountInfoResponse',
    emailVerified: user.emailVerified,
    providerUserInfo: providersOf(user),
    ...(await loggedIn(user, registry)),
  }
}

async function remove(body: unknown, { state, by }: Registry): Promise<object> {
  const { idToken } = read(withIdToken, body, 'MISSING_ID_TOKEN')
  const user = await userOfIdToken(by, state, idToken)
  delete state.users[user.id]
  for (const [hash, login] of Object.entries(state.logins)) {
    if (login.user === user.id) delete state.logins[hash]
  }
  return { kind: 'identitytoolkit#DeleteAccountResponse' }
}

/** No mail leaves a sandbox. The answer is the one Google gives whether or not the account exists. */
function sendCode(body: unknown): object {
  const { email } = read(z.looseObject({ email: z.string().optional() }), body, 'INVALID_EMAIL')
  return { kind: 'identitytoolkit#GetOobConfirmationCodeResponse', email: email ?? '' }
}

/** With protection against listing accounts, Google says nothing about the address. */
function createAuthUri(): object {
  return {
    kind: 'identitytoolkit#CreateAuthUriResponse',
    sessionId: randomBytes(16).toString('base64url'),
  }
}

/** Google's and GitHub's own login windows are outside, and a sandbox does not go there. */
function refuseProviders(): never {
  throw new IdentityError('OPERATION_NOT_ALLOWED')
}
