import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { ApiError, type Call } from '../api/port.ts'
import type { Workspace } from '../host/port.ts'
import type { BillingAccount } from './port.ts'

/**
 * The events of a workspace: everybody's, where the person may see what the team uses, for all of it
 * moves the one balance. Without a scope the API answers with the person's own.
 *
 * Decided once, since pages of two scopes would not join.
 */
export function workspaceEvents(
  call: Call,
  { type }: Pick<Workspace, 'type'>,
): BillingAccount['events'] {
  let everybodys: boolean | null = type === 'team' ? null : false
  return async function events(query, options) {
    everybodys ??= await maySeeAll(call)
    if (!everybodys) return call(workspaceEndpoints.events, { ...options, query })
    try {
      const scoped = { ...query, scope: 'workspace' }
      return await call(workspaceEndpoints.events, { ...options, query: scoped })
    } catch (error) {
      if (!isRefusal(error)) throw error
      everybodys = false
      return events(query, options)
    }
  }
}

/** A service that does not answer this may still have events. */
async function maySeeAll(call: Call): Promise<boolean> {
  try {
    const { capabilities } = await call(workspaceEndpoints.capabilities)
    return capabilities.can_view_team_usage === true
  } catch (error) {
    if (error instanceof ApiError && error.code !== 'cancelled') return false
    throw error
  }
}

/** Of the scope, by a service that does not give it to this person, or does not know it. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && ['forbidden', 'invalid'].includes(error.code)
}
