import { Hono } from 'hono'
import * as z from 'zod/mini'
import { ensureAccount } from '../customers/accounts.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext, AppEnv } from '../http/app-env.ts'
import { authenticateRequest } from '../http/identify.ts'
import { readBody } from '../http/read-request.ts'
import { keyName } from './key-name.ts'
import { changeKey, findKey, listKeys, makeKey, revokeKey, type StoredKey } from './keys.ts'
import { findMembership, type Membership } from './membership.ts'
import { requireOwner } from './rights.ts'
import { parseWorkspaceId } from './workspace-id.ts'

/** ComfyUI's contract has no such calls, so they stand apart from its paths. */
const KEYS = '/credits/workspaces/:workspace_id/keys'

/** Beyond that a date is a mistake, and beyond PostgreSQL's calendar an error. */
const MAX_LIFE_MS = 100 * 366 * 86_400_000
const expiry = z.pipe(
  z.iso.datetime({ offset: true }),
  z.transform((text: string) => new Date(text)),
)

const newKeySchema = z.object({ name: keyName, expires_at: z.nullish(expiry) })
const changeSchema = z.object({ name: z.optional(keyName), expires_at: z.nullish(expiry) })

/** The API keys of a workspace, for its owners with their own login. A key manages nothing. */
export function keyRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()
  if (deps.contract === 'plain') return routes

  routes.get(KEYS, async (c) => {
    const { scope } = await ownedWorkspace(deps, c)
    return c.json({ keys: (await listKeys(deps.db, scope)).map(describeKey) })
  })

  routes.post(KEYS, async (c) => {
    const { scope, person } = await ownedWorkspace(deps, c)
    const wanted = await readBody(c, newKeySchema)
    const expiresAt = checkExpiry(wanted.expires_at ?? null)
    const { key, stored } = await makeKey(deps.db, scope, person, { name: wanted.name, expiresAt })
    // The only time that anybody sees it.
    return c.json({ ...describeKey(stored), key }, 201)
  })

  routes.patch(`${KEYS}/:id`, async (c) => {
    const { scope } = await ownedWorkspace(deps, c)
    const change = await readBody(c, changeSchema)
    const id = c.req.param('id')
    await changeKey(deps.db, scope, id, {
      ...(change.name !== undefined && { name: change.name }),
      ...(change.expires_at !== undefined && { expiresAt: checkExpiry(change.expires_at) }),
    })
    const changed = await findKey(deps.db, scope, id)
    if (!changed) throw new Error('A key that was changed is gone.')
    return c.json(describeKey(changed))
  })

  routes.delete(`${KEYS}/:id`, async (c) => {
    const { scope } = await ownedWorkspace(deps, c)
    await revokeKey(deps.db, scope, c.req.param('id'))
    return c.body(null, 204)
  })

  return routes
}

/**
 * By an identity token alone: a key that makes keys never ends, and a token of a workspace would make
 * one that outlives it.
 */
async function ownedWorkspace(deps: Deps, c: AppContext) {
  const caller = await authenticateRequest(deps, c)
  if (caller.method !== 'identity-token') {
    throw new ServiceError('forbidden', 'Only a person’s own login manages API keys.')
  }
  const { account: person } = await ensureAccount(deps.db, caller)
  c.set('accountId', person.id)
  const id = parseWorkspaceId(c.req.param('workspace_id') ?? '')
  const membership = id === null ? null : await findMembership(deps.db, person, id)
  if (!membership) throw new ServiceError('forbidden', 'You are no member of this workspace.')
  requireOwner(membership)
  return { person, scope: scopeIn(membership) }
}

function scopeIn({ workspace }: Membership) {
  return { workspaceId: workspace.id, type: workspace.type }
}

function checkExpiry(expiresAt: Date | null): Date | null {
  if (expiresAt === null) return null
  const ms = expiresAt.getTime() - Date.now()
  if (ms > 0 && ms <= MAX_LIFE_MS) return expiresAt
  throw new ServiceError(
    'bad-request',
    'expires_at must be in the future, and within a hundred years.',
  )
}

function describeKey({ key, person }: StoredKey) {
  return {
    id: key.id,
    name: key.name,
    /** Null for keys from before it was stored. */
    key_prefix: key.keyPrefix,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    user: { id: person.subject, name: person.name, email: person.email },
  }
}
