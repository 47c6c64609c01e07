import { Hono } from 'hono'
import { balanceStreamPaths } from '@comfyui-credits/contract/balance-stream'
import type { BillingCapabilitiesBody, BillingStatusBody } from '@comfyui-credits/contract/billing'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import type { Deps } from '../deps.ts'
import { answerWorkspaceEvents } from '../events/routes.ts'
import type { AppEnv } from '../http/app-env.ts'
import { workspaceOf } from '../http/identify.ts'
import { describeBalance } from '../ledger/balance.ts'
import { answerBalanceStream } from '../push/balance-stream.ts'
import { describeWorkspaceBalance } from './balance.ts'
import { listMembers, type Membership } from './membership.ts'
import { deniedReasons, rightsOf } from './rights.ts'
import { publicWorkspaceId } from './workspace-id.ts'

const CAPABILITIES_LIFE_MS = 10 * 60_000

/** How the workspace's billing account stands, and who may do what with it. */
export function billingRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()

  routes.get(workspaceEndpoints.status.path, async (c) =>
    c.json(await describeStatus(deps, await workspaceOf(deps, c))),
  )

  routes.get(workspaceEndpoints.balance.path, async (c) => {
    const { account } = await workspaceOf(deps, c)
    return c.json(describeWorkspaceBalance(describeBalance(deps, account)))
  })

  if (deps.contract === 'extended') {
    routes.get(balanceStreamPaths.workspace, async (c) => {
      const { account } = await workspaceOf(deps, c)
      return answerBalanceStream(deps, c, account)
    })
  }

  routes.get(workspaceEndpoints.capabilities.path, async (c) =>
    c.json(describeCapabilities(await workspaceOf(deps, c))),
  )

  routes.get(workspaceEndpoints.plans.path, async (c) => {
    await workspaceOf(deps, c)
    return c.json({ plans: [] })
  })

  routes.get(workspaceEndpoints.events.path, async (c) =>
    answerWorkspaceEvents(deps, c, await workspaceOf(deps, c)),
  )

  return routes
}

async function describeStatus(deps: Deps, membership: Membership): Promise<BillingStatusBody> {
  const { account, workspace } = membership
  const members = await listMembers(deps.db, membership)
  const owners = members.filter(({ role }) => role === 'owner')
  return {
    is_active: true,
    has_funds: account.balanceUsdMicros > 0,
    billing_rail: workspace.rail,
    subscription_tier: workspace.type === 'team' ? 'TEAM' : 'FREE',
    scheduled_change: null,
    team_credit_stop: null,
    max_seats: members.length,
    occupied_seats: members.length,
    ...(deps.contract === 'extended' && {
      owners: owners.map(({ person }) => ({ name: person.name, email: person.email })),
    }),
  }
}

function describeCapabilities(membership: Membership): BillingCapabilitiesBody {
  const { person, workspace } = membership
  return {
    capabilities: rightsOf(membership),
    denied_reasons: deniedReasons(membership),
    expires_at: new Date(Date.now() + CAPABILITIES_LIFE_MS).toISOString(),
    resolved_for: { workspace_id: publicWorkspaceId(workspace.id), user_id: person.subject },
    revision: 1,
    rollout_defaults_applied: {
      can_downgrade_to_personal: false,
      can_subscribe_self_serve: false,
      can_top_up: false,
    },
  }
}
