import { http, HttpResponse, type HttpHandler } from 'msw'
import type * as z from 'zod/mini'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import type { BillingContext } from '../../src/host/port.ts'
import type { PanelAccount } from './account.ts'

type WorkspaceEndpoint = keyof typeof workspaceEndpoints
type Body<E extends WorkspaceEndpoint> = z.input<(typeof workspaceEndpoints)[E]['response']>

/** Bodies of a workspace's service; what is not there answers 404. */
export type CloudAnswers = { readonly [E in WorkspaceEndpoint]?: Body<E> }

export const TEAM: BillingContext = {
  state: 'workspace',
  workspace: { id: 'ws_team', name: 'Studio Lindenhof', type: 'team', role: 'owner' },
  rail: 'stripe',
}

/** A team's service, to its owner or to another member. */
export function teamAnswers(account: PanelAccount, isOwner: boolean): CloudAnswers {
  return {
    balance: { amount_micros: 10_000, currency: 'usd' },
    status: {
      is_active: true,
      has_funds: true,
      billing_rail: 'stripe',
      max_seats: 5,
      occupied_seats: 2,
    },
    capabilities: {
      capabilities: { can_top_up: isOwner, can_manage_billing: isOwner },
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      resolved_for: { workspace_id: 'ws_team', user_id: 'ada' },
      revision: 1,
    },
    events: {
      total: account.events.length,
      page: 1,
      limit: 50,
      totalPages: 1,
      events: account.events,
    },
    members: {
      members: [member('Olga', 'owner'), member('Max', 'member')],
      pagination: { has_more: false, limit: 50, offset: 0, total: 2 },
    },
    paymentMethods: [{ id: 'pm_1', type: 'card', brand: 'visa', last4: '4242', is_default: true }],
  }
}

export function cloudHandlers(base: string, answers: CloudAnswers): HttpHandler[] {
  return (Object.keys(workspaceEndpoints) as WorkspaceEndpoint[]).map((name) => {
    const { method, path } = workspaceEndpoints[name]
    const on = method === 'GET' ? http.get : http.post
    return on(base + path, () => {
      const body = answers[name]
      return body === undefined
        ? HttpResponse.json({}, { status: 404 })
        : HttpResponse.json<object>(body)
    })
  })
}

function member(name: string, role: string) {
  return {
    id: name,
    name,
    email: `${name.toLowerCase()}@example.com`,
    role,
    joined_at: '2026-11-22T12:00:00Z',
    is_original_owner: role === 'owner',
  }
}
