import type { ComfyApp, ComfyStore, ComfyUser } from './comfy-types.ts'
import type { Account, AuthHeaders, FreshOptions, Unsubscribe } from './port.ts'
import { findStore, onStoreAction } from './stores.ts'

type Method = (...args: unknown[]) => unknown

const READ_KEY = 'getApiKey'

function authStore(app: ComfyApp): ComfyStore | undefined {
  return findStore(app, 'auth', 'firebaseAuth')
}

function keyStore(app: ComfyApp): ComfyStore | undefined {
  return findStore(app, 'apiKeyAuth')
}

function textOf(owner: unknown, member: string): string | null {
  if (typeof owner !== 'object' || owner === null) return null
  const value: unknown = Reflect.get(owner, member)
  return typeof value === 'string' ? value : null
}

/**
 * The account whose credentials the host gives out. Up to 1.50 the host reports a key's user also
 * while somebody is signed in, but asks and runs with the latter's token. A key's user and one who
 * signed in stay apart even if their ids are the same.
 */
export function accountOf(app: ComfyApp, user: ComfyUser | null): Account | null {
  const signedIn = authStore(app)?.['currentUser']
  const login = signedIn ? 'token' : 'api-key'
  const id = textOf(signedIn, 'uid') ?? user?.id
  return id === undefined ? null : { id: `${login}:${id}`, login }
}

/** The user of the stored key, as far as the host knows; a key stored just now has the last one's. */
export function keyUser(app: ComfyApp): ComfyUser | null {
  const id = textOf(keyStore(app)?.['currentUser'], 'id')
  return id === null ? null : { id }
}

/** What the person is called: their e-mail address where the host has it. Never stored. */
export function personName(app: ComfyApp): string | null {
  const person = authStore(app)?.['currentUser'] ?? keyStore(app)?.['currentUser']
  return (
    [textOf(person, 'email'), textOf(person, 'displayName'), textOf(person, 'name')].find(
      Boolean,
    ) ?? null
  )
}

/**
 * Whose credentials the host would give out at this moment: a user's id or a key, to be compared and
 * never stored. They change before the hooks report it, up to 1.50 by a whole request to the API,
 * and some changes are never reported. Null if the host does not say.
 */
export function credentialsHolder(app: ComfyApp): string | null {
  const uid = textOf(authStore(app)?.['currentUser'], 'uid')
  if (uid !== null) return `token:${uid}`
  const store = keyStore(app)
  const getKey = store?.[READ_KEY]
  const key: unknown = isMethod(getKey) ? getKey.call(store) : null
  return typeof key === 'string' && key !== '' ? `api-key:${key}` : null
}

/**
 * Logins, logouts and new keys that no hook may report. Reading the key is an action too, and a
 * listener that reads it would call itself without end.
 */
export function onLoginAction(app: ComfyApp, listener: () => void): Unsubscribe {
  const stores = [authStore(app), keyStore(app)]
  const offs = stores.map((store) => onStoreAction(store, listener, READ_KEY))
  return () => {
    for (const off of offs) off()
  }
}

/**
 * The user's own credentials, fresh: the host renews an old token by itself. `getUserAuthHeader`
 * is 1.58's name; there `getAuthHeader` may answer with a workspace's token.
 */
export async function authHeaders(
  app: ComfyApp,
  { renew = false }: FreshOptions = {},
): Promise<AuthHeaders | null> {
  const auth = authStore(app)
  if (renew) await renewUserToken(auth)
  const member = isMethod(auth?.['getUserAuthHeader']) ? 'getUserAuthHeader' : 'getAuthHeader'
  return askStore(auth, member)
}

/** Whether runs of this version are paid by a workspace (1.58): older ones lack the method. */
export function hasWorkspaces(app: ComfyApp): boolean {
  return isMethod(authStore(app)?.['getWorkspaceAuthHeader'])
}

/** Credentials for the active workspace, 1.58; of a login by key, the key itself. */
export async function workspaceAuthHeaders(
  app: ComfyApp,
  { renew = false }: FreshOptions = {},
): Promise<AuthHeaders | null> {
  const auth = authStore(app)
  if (renew) {
    await renewUserToken(auth)
    // A login by key has no token of the workspace's to renew.
    if (auth?.['currentUser']) await call(findStore(app, 'workspaceAuth'), 'refreshToken')
  }
  return askStore(auth, 'getWorkspaceAuthHeader')
}

/** The one failure of Firebase's renewal that says nothing about the login. */
const NO_NETWORK = 'auth/network-request-failed'

/** The login was ended on another device: the account is gone, or its password has changed. */
export class LoginEnded extends Error {
  override readonly name = 'LoginEnded'
}

/** Rejects with LoginEnded, or as the host does where nobody could be asked. */
async function renewUserToken(auth: ComfyStore | undefined): Promise<void> {
  const user: unknown = auth?.['currentUser']
  if (typeof user !== 'object' || user === null) return
  try {
    await call(user, 'getIdToken', true)
  } catch (error) {
    const code = textOf(error, 'code')
    if (code === null || code === NO_NETWORK || !code.startsWith('auth/')) throw error
    throw new LoginEnded(`The login is not renewed: ${code}`, { cause: error })
  }
}

async function askStore(
  store: ComfyStore | undefined,
  member: string,
): Promise<AuthHeaders | null> {
  const headers = await call(store, member)
  return isAuthHeaders(headers) ? headers : null
}

/** Undefined where this version has no such method; rejects as the host does. */
async function call(
  owner: object | undefined,
  member: string,
  ...args: unknown[]
): Promise<unknown> {
  const method: unknown = owner === undefined ? undefined : Reflect.get(owner, member)
  return isMethod(method) ? method.apply(owner, args) : undefined
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function'
}

function isAuthHeaders(headers: unknown): headers is AuthHeaders {
  if (typeof headers !== 'object' || headers === null) return false
  return (
    ('Authorization' in headers && typeof headers.Authorization === 'string') ||
    ('X-API-KEY' in headers && typeof headers['X-API-KEY'] === 'string')
  )
}
