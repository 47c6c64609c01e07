import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import * as z from 'zod'
import { isStorable } from '../database/storable.ts'
import { ServiceError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Caller } from './caller.ts'

const text = z.string().refine(isStorable)

/** Seconds that JavaScript can write as a date. */
const LAST_SECOND = 8.64e12

const claimsSchema = z.object({
  sub: text.min(1).max(128),
  exp: z.number().max(LAST_SECOND),
  iat: z.number(),
  /** When the person last gave their password. */
  auth_time: z.number().optional(),
  email: text.max(320).nullish(),
  name: text.max(320).nullish(),
})

/** The key server did not answer, which is not the person's fault. */
const keyServerFaults: ReadonlySet<string> = new Set([
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
  // What jose throws for an answer of the key server that is not 200.
  errors.JOSEError.code,
])

/**
 * Verifies ID tokens as Google documents them for third parties: RS256 by the key server, issuer,
 * audience, expiry, a subject.
 * https://firebase.google.com/docs/auth/admin/verify-id-tokens
 */
export function createIdentityTokenVerifier(
  identity: Settings['identity'],
): (token: string) => Promise<Caller> {
  const keys = createRemoteJWKSet(new URL(identity.jwksUrl), { timeoutDuration: 5_000 })
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        issuer: identity.issuer,
        audience: identity.audience,
        requiredClaims: ['sub', 'exp', 'iat'],
        clockTolerance: 5,
      })
      const claims = claimsSchema.parse(payload)
      refuseFuture(claims.iat, claims.auth_time ?? claims.iat)
      return {
        subject: claims.sub,
        email: claims.email ?? null,
        name: claims.name ?? null,
        workspaceId: null,
        method: 'identity-token',
        keyId: null,
        expiresAt: new Date(claims.exp * 1_000),
      }
    } catch (error) {
      throw refusal(error)
    }
  }
}

/** How far a login's clock may be ahead of ours, in seconds. */
const CLOCK_LEEWAY_S = 60

/** A login of the future was signed by no clock that is right. */
function refuseFuture(...times: number[]): void {
  if (Math.max(...times) <= Date.now() / 1_000 + CLOCK_LEEWAY_S) return
  throw new ServiceError('unauthorized', 'The login is of a time to come. Log in again.')
}

function refusal(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  const known = error instanceof errors.JOSEError || error instanceof z.ZodError
  if (!known || (error instanceof errors.JOSEError && keyServerFaults.has(error.code))) {
    return new ServiceError('internal', 'Logins cannot be verified just now. Try again shortly.', {
      status: 503,
      retryAfterSeconds: 5,
      cause: error,
    })
  }
  const expired = error instanceof errors.JWTExpired
  return new ServiceError(
    'unauthorized',
    expired ? 'The login has expired. Log in again.' : 'The login is not valid. Log in again.',
    { cause: error },
  )
}
