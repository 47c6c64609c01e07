import { Hono } from 'hono'
import { workspaceTokenRequestSchema } from '../../contract/workspace.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { eventsHandler } from '../events/routes.ts'
import type { AppEnv } from '../http/app-env.ts'
import { accountOf } from '../http/identify.ts'
import { readBody } from '../http/read-request.ts'
import { describeBalance } from '../ledger/balance.ts'
import { capabilities, OWNER_PERMISSIONS, personalWorkspace } from './workspace.ts'

const CAPABILITIES_LIFE_MS = 10 * 60_000

/** cloud.comfy.org/api for the newest ComfyUI: one personal workspace whose purse is the customer's. */
export function workspaceRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()

  routes.get('/workspaces', async (c) => {
    const account = await accountOf(deps, c)
    return c.json({ can_create_workspace: false, workspaces: [personalWorkspace(account)] })
  })

  routes.get('/workspaces/current', async (c) => {
    const { id, name, type, role } = personalWorkspace(await accountOf(deps, c))
    const auth_method = c.req.header('Authorization') === undefined ? 'api_key' : 'token'
    return c.json({ id, name, type, role, auth_method, permissions: OWNER_PERMISSIONS })
  })

  routes.post('/auth/token', async (c) => {
    const account = await accountOf(deps, c)
    const { id, name, type, role } = personalWorkspace(account)
    const request = await readBody(c, workspaceTokenRequestSchema)
    if (request.workspace_id !== id) {
      throw new ServiceError('forbidden', 'You are no member of this workspace.')
    }
    const { subject } = account
    const { token, expiresAt } = await deps.workspaceTokens.issue({ subject, workspaceId: id })
    return c.json({
      token,
      expires_at: expiresAt.toISOString(),
      user_id: subject,
      workspace: { id, name, type },
      role,
      permissions: OWNER_PERMISSIONS,
    })
  })

  return routes.route('/billing', billingRoutes(deps))
}

function billingRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()

  routes.get('/status', async (c) => {
    const account = await accountOf(deps, c)
    return c.json({
      is_active: true,
      has_funds: account.balanceUsdMicros > 0,
      billing_rail: 'legacy_stripe',
      subscription_tier: 'FREE',
      scheduled_change: null,
      team_credit_stop: null,
      max_seats: 1,
      occupied_seats: 1,
    })
  })

  routes.get('/balance', async (c) =>
    c.json(await describeBalance(deps.db, await accountOf(deps, c), deps.contract)),
  )

  routes.get('/capabilities', async (c) => {
    const account = await accountOf(deps, c)
    return c.json({
      capabilities,
      expires_at: new Date(Date.now() + CAPABILITIES_LIFE_MS).toISOString(),
      resolved_for: { workspace_id: personalWorkspace(account).id, user_id: account.subject },
      revision: 1,
      rollout_defaults_applied: {},
    })
  })

  routes.get('/plans', async (c) => {
    await accountOf(deps, c)
    return c.json({ plans: [] })
  })

  routes.get('/events', eventsHandler(deps))
  return routes
}
