import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext, AppEnv } from '../http/app-env.ts'
import { authenticateRequest } from '../http/identify.ts'
import { removeMember } from './members.ts'
import { membershipOf, type Membership } from './membership.ts'
import { requireOwner } from './rights.ts'

/** As ComfyUI names them; `id` is the one of GET /api/workspace/members. */
export function memberRoutes(deps: Deps): Hono<AppEnv> {
  return new Hono<AppEnv>().delete('/api/workspace/members/:id', async (c) => {
    const { workspace } = await ownedByLogin(deps, c)
    const id = c.req.param('id')
    if (!(await removeMember(deps.db, workspace, id))) {
      throw new ServiceError('not-found', 'This workspace has no such member.')
    }
    return c.body(null, 204)
  })
}

/** The workspace of the login, or of a token that was made for a login. */
async function ownedByLogin(deps: Deps, c: AppContext): Promise<Membership> {
  const caller = await authenticateRequest(deps, c)
  if (caller.keyId !== null) {
    throw new ServiceError('forbidden', 'Only a person’s own login manages members.')
  }
  const membership = await membershipOf(deps.db, caller)
  c.set('accountId', membership.account.id)
  requireOwner(membership)
  return membership
}
