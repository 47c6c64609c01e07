import type { ComfyApp, ComfyStore, ComfyUser } from './comfy-types.ts'
import type { Account, AuthHeaders } from './port.ts'
import { findStore } from './stores.ts'

type Headers = () => Promise<unknown>

/** `firebaseAuth` became `auth` after 1.43. */
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
export async function authHeaders(app: ComfyApp): Promise<AuthHeaders | null> {
  const auth = authStore(app)
  const ask = auth?.['getUserAuthHeader'] ?? auth?.['getAuthHeader']
  if (typeof ask !== 'function') return null
  const headers: unknown = await (ask as Headers).call(auth)
  return isAuthHeaders(headers) ? headers : null
}

function isAuthHeaders(headers: unknown): headers is AuthHeaders {
  if (typeof headers !== 'object' || headers === null) return false
  return (
    ('Authorization' in headers && typeof headers.Authorization === 'string') ||
    ('X-API-KEY' in headers && typeof headers['X-API-KEY'] === 'string')
  )
}
