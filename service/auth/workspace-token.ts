import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'
import { isUuid } from '../database/columns.ts'
import { ServiceError } from '../errors.ts'
import { parseWorkspaceId } from '../workspaces/workspace-id.ts'
import type { Caller } from './caller.ts'

const ISSUER = 'comfyui-credits'
const AUDIENCE = 'comfyui-credits/workspace'
const WORKSPACE_TOKEN_SECONDS = 3_600

const claimsSchema = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  /** The API key it was made for; null: a person's login. */
  key_id: z.string().refine(isUuid).nullable(),
  workspace_id: z.string().refine((id) => parseWorkspaceId(id) !== null),
})

/**
 * Tokens that this service signs for itself (POST /api/auth/token). The newest ComfyUI sends one with
 * every run instead of the person's ID token.
 */
export interface WorkspaceTokens {
  /** `workspaceId` as on the wire. */
  issue(caller: {
    subject: string
    workspaceId: string
    /** The credential that the token is made for: it ends no later, and with a key at once. */
    credential: Pick<Caller, 'keyId' | 'expiresAt'>
  }): Promise<{ token: string; expiresAt: Date }>
  verify(token: string): Promise<Caller>
}

export function createWorkspaceTokens(secret: string): WorkspaceTokens {
  const key = new TextEncoder().encode(secret)
  return {
    async issue({ subject, workspaceId, credential }) {
      const longest = Date.now() + WORKSPACE_TOKEN_SECONDS * 1_000
      const expiresAt = new Date(Math.min(longest, credential.expiresAt?.getTime() ?? longest))
      const token = await new SignJWT({ workspace_id: workspaceId, key_id: credential.keyId })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(key)
      return { token, expiresAt }
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['exp'],
        })
        const { sub, exp, workspace_id, key_id } = claimsSchema.parse(payload)
        return {
          subject: sub,
          email: null,
          name: null,
          workspaceId: parseWorkspaceId(workspace_id),
          method: 'workspace-token',
          keyId: key_id,
          expiresAt: new Date(exp * 1_000),
        }
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
          throw new ServiceError('unauthorized', 'The workspace login is not valid any more.', {
            cause: error,
          })
        }
        throw error
      }
    },
  }
}
