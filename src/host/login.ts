import type { ComfyApp, ComfyStore, ComfyUser } from './comfy-types.ts'
import { findStore } from './stores.ts'
import type { Account, AuthHeaders, FreshOptions } from './port.ts'

type Method = (...args: unknown[]) => unknown

function authStore(app: ComfyApp): ComfyStore | undefined {
  return findStore(app, 'auth', 'firebaseAuth')
}

/** An API key's user and an e-mail user are kept apart even where their ids should meet. */
export function accountOf(app: ComfyApp, user: ComfyUser): Account {
  const login = authStore(app)?.['currentUser'] ? 'token' : 'api-key'
  return { id: `${login}:${user.id}`, login }
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

async function renewUserToken(auth: ComfyStore | undefined): Promise<void> {
  const user: unknown = auth?.['currentUser']
  if (typeof user === 'object' && user !== null) await call(user, 'getIdToken', true)
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
