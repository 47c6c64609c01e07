import { Hono } from 'hono'
import {
  workspaceTokenRequestSchema,
  type CurrentWorkspaceBody,
  type WorkspaceBody,
  type WorkspaceMembersBody,
  type WorkspacesBody,
  type WorkspaceTokenBody,
} from '@comfyui-credits/contract/members'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import type { Caller } from '../auth/caller.ts'
import { ensureAccount } from '../customers/accounts.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext, AppEnv } from '../http/app-env.ts'
import { authenticateRequest, workspaceOf } from '../http/identify.ts'
import { readBody } from '../http/read-request.ts'
import {
  findMembership,
  listMembers,
  listMemberships,
  membershipOf,
  type Membership,
} from './membership.ts'
import { permissionsOf } from './rights.ts'
import { parseWorkspaceId, publicWorkspaceId } from './workspace-id.ts'

/** Which workspaces there are for the caller, and tokens to act in one of them. */
export function workspaceRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()

  routes.get(workspaceEndpoints.workspaces.path, async (c) => {
    const body: WorkspacesBody = {
      can_create_workspace: false,
      workspaces: (await membershipsOf(deps, c)).map(describeWorkspace),
    }
    return c.json(body)
  })

  routes.get(workspaceEndpoints.currentWorkspace.path, async (c) => {
    const membership = await workspaceOf(deps, c)
    const { id, name, type, role } = describeWorkspace(membership)
    const auth_method = c.req.header('Authorization') === undefined ? 'api_key' : 'token'
    const permissions = permissionsOf(membership.role)
    const body: CurrentWorkspaceBody = { id, name, type, role, auth_method, permissions }
    return c.json(body)
  })

  routes.get(workspaceEndpoints.members.path, async (c) =>
    c.json(await describeMembers(deps, await workspaceOf(deps, c))),
  )

  routes.post(workspaceEndpoints.token.path, async (c) => {
    const caller = await authenticateRequest(deps, c)
    if (caller.method === 'workspace-token') {
      throw new ServiceError('forbidden', 'A token of a workspace is exchanged for no other.')
    }
    const { workspace_id } = await readBody(c, workspaceTokenRequestSchema)
    const membership = await chosenMembership(deps, caller, workspace_id)
    return c.json(await issueToken(deps, membership, caller))
  })

  return routes
}

/** A key or a token opens its own workspace and no other; a login opens all of the person's. */
async function membershipsOf(deps: Deps, c: AppContext): Promise<Membership[]> {
  const caller = await authenticateRequest(deps, c)
  if (caller.method !== 'identity-token') return [await membershipOf(deps.db, caller)]
  const { account } = await ensureAccount(deps.db, caller)
  return listMemberships(deps.db, account)
}

async function chosenMembership(deps: Deps, caller: Caller, publicId: string): Promise<Membership> {
  const { account } = await ensureAccount(deps.db, caller)
  const id = parseWorkspaceId(publicId)
  const reachable = caller.method !== 'api-key' || id === (caller.workspaceId ?? account.id)
  const membership = id !== null && reachable ? await findMembership(deps.db, account, id) : null
  if (membership) return membership
  throw new ServiceError('forbidden', 'You are no member of this workspace.')
}

async function issueToken(
  deps: Deps,
  membership: Membership,
  credential: Caller,
): Promise<WorkspaceTokenBody> {
  const { id, name, type, role } = describeWorkspace(membership)
  const { subject } = membership.person
  const { token, expiresAt } = await deps.workspaceTokens.issue({
    subject,
    workspaceId: id,
    credential,
  })
  return {
    token,
    expires_at: renewBefore(expiresAt).toISOString(),
    user_id: subject,
    workspace: { id, name, type },
    role,
    permissions: permissionsOf(membership.role),
  }
}

/** ComfyUI replaces a token so long before its end, and at once if the end is nearer than that. */
const RENEWED_BEFORE_MS = 5 * 60_000
/** Firebase has a new login from so long before the end of the old one. */
const LOGIN_RENEWED_BEFORE_MS = 30_000
const SHORTEST_WAIT_MS = 20_000

/**
 * A token's end as ComfyUI gets it. In a login's last minutes its tokens end too soon for ComfyUI,
 * which would ask for one after the other until Firebase renews the login. Given a little more, it
 * asks every 20 seconds. The token itself is refused from its true end on.
 */
function renewBefore(expiresAt: Date): Date {
  const now = Date.now()
  const left = expiresAt.getTime() - now
  const soonest = RENEWED_BEFORE_MS + SHORTEST_WAIT_MS
  if (left < LOGIN_RENEWED_BEFORE_MS || left >= soonest) return expiresAt
  return new Date(now + soonest)
}

function describeWorkspace({ workspace, role, joinedAt }: Membership): WorkspaceBody {
  return {
    id: publicWorkspaceId(workspace.id),
    name: workspace.name,
    type: workspace.type,
    role,
    created_at: workspace.createdAt.toISOString(),
    joined_at: joinedAt.toISOString(),
    // Without one ComfyUI takes a team for one that has not paid yet.
    ...(workspace.type === 'team' && { subscription_tier: 'TEAM' }),
  }
}

async function describeMembers(deps: Deps, membership: Membership): Promise<WorkspaceMembersBody> {
  const members = await listMembers(deps.db, membership)
  const original = members.find(({ role }) => role === 'owner')
  return {
    members: members.map((member) => ({
      id: member.person.subject ?? member.person.id,
      name: member.person.name ?? member.person.email ?? '',
      email: member.person.email ?? '',
      role: member.role,
      joined_at: member.joinedAt.toISOString(),
      is_original_owner: member === original,
    })),
    pagination: { has_more: false, limit: members.length, offset: 0, total: members.length },
  }
}
