import { and, eq, isNull, not, or, type SQL } from 'drizzle-orm'
import * as z from 'zod/mini'
import { eventsQuerySchema } from '@comfyui-credits/contract/schemas'
import { findAccount } from '../customers/accounts.ts'
import type { Database } from '../database/open.ts'
import { accountEvents, type PersonAccount } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import type { Membership } from '../workspaces/membership.ts'
import { requireRight } from '../workspaces/rights.ts'
import { isCall } from './list.ts'

/** What ComfyUI asks of a workspace's events: whose, by default the caller's own. */
export const scopedEventsQuerySchema = z.extend(eventsQuerySchema, {
  scope: z.optional(z.enum(['self', 'workspace', 'user'])),
  user_id: z.optional(z.string()),
})
type ScopedQuery = z.infer<typeof scopedEventsQuerySchema>

/**
 * The events of a workspace that the query asks for, as a condition; undefined: all of them. Throws
 * `forbidden` for a member who asks for those of others.
 */
export async function eventsInScope(
  db: Database,
  membership: Membership,
  { scope = 'self', user_id }: Pick<ScopedQuery, 'scope' | 'user_id'>,
): Promise<SQL | undefined> {
  const { workspace, person } = membership
  if (scope === 'user') {
    if (user_id === undefined) {
      throw new ServiceError('bad-request', 'The scope "user" needs a user_id.')
    }
    if (user_id !== person.subject) requireRight(membership, 'can_view_team_usage')
    return callsOf(await findAccount(db, user_id))
  }
  // Nobody else uses a personal workspace.
  if (workspace.type === 'personal') return undefined
  if (scope === 'self') return or(callsOf(person), not(isCall))
  requireRight(membership, 'can_view_team_usage')
  return undefined
}

/** Of somebody unknown there are none. */
function callsOf(person: PersonAccount | null): SQL | undefined {
  if (person === null) return isNull(accountEvents.id)
  return and(isCall, eq(accountEvents.personId, person.id))
}
