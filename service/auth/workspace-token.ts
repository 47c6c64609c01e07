import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'
import { ServiceError } from '../errors.ts'
import { parseWorkspaceId } from '../workspaces/workspace-id.ts'
import type { Caller } from './caller.ts'

const ISSUER = 'comfyui-credits'
const AUDIENCE = 'comfyui-credits/workspace'
const WORKSPACE_TOKEN_SECONDS = 3_600

const claimsSchema = z.object({
  sub: z.string().min(1),
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
  }): Promise<{ token: string; expiresAt: Date }>
  verify(token: string): Promise<Caller>
}

export function createWorkspaceTokens(secret: string): WorkspaceTokens {
  const key = new TextEncoder().encode(secret)
  return {
    async issue({ subject, workspaceId }) {
      const expiresAt = new Date(Date.now() + WORKSPACE_TOKEN_SECONDS * 1_000)
      const token = await new SignJWT({ workspace_id: workspaceId })
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
        const { sub, workspace_id } = claimsSchema.parse(payload)
        const workspaceId = parseWorkspaceId(workspace_id)
        return { subject: sub, email: null, name: null, workspaceId, method: 'workspace-token' }
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
