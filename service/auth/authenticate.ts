import { decodeProtectedHeader } from 'jose'
import type { Database } from '../database/open.ts'
import { ServiceError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import { requireApiKey, verifyApiKey } from './api-keys.ts'
import type { Caller } from './caller.ts'
import { createIdentityTokenVerifier } from './identity-token.ts'
import type { WorkspaceTokens } from './workspace-token.ts'

interface Credentials {
  readonly authorization: string | undefined
  readonly apiKey: string | undefined
}

export type Authenticate = (credentials: Credentials) => Promise<Caller>

/** Bearer (identity or workspace token) or X-API-KEY; Bearer wins if both are sent. */
export function createAuthenticate(options: {
  db: Database
  identity: Settings['identity']
  workspaceTokens: WorkspaceTokens
}): Authenticate {
  const verifyIdentityToken = createIdentityTokenVerifier(options.identity)
  return async ({ authorization, apiKey }) => {
    if (authorization !== undefined) {
      const token = bearerToken(authorization)
      // Only chooses the verifier; each accepts its own algorithm and its own keys alone.
      return isSignedByUs(token) ? verifyWorkspaceToken(token) : verifyIdentityToken(token)
    }
    if (apiKey !== undefined) return verifyApiKey(options.db, apiKey)
    throw new ServiceError('unauthorized', 'Log in first: no credentials were sent.')
  }

  async function verifyWorkspaceToken(token: string): Promise<Caller> {
    const caller = await options.workspaceTokens.verify(token)
    if (caller.keyId !== null) await requireApiKey(options.db, caller.keyId)
    return caller
  }
}

function bearerToken(authorization: string): string {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  if (token === undefined) {
    throw new ServiceError('unauthorized', 'The Authorization header must be "Bearer <token>".')
  }
  return token
}

function isSignedByUs(token: string): boolean {
  try {
    return decodeProtectedHeader(token).alg === 'HS256'
  } catch (error) {
    throw new ServiceError('unauthorized', 'The login is not valid. Log in again.', {
      cause: error,
    })
  }
}
