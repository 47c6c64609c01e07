import { Hono } from 'hono'
import type * as z from 'zod/mini'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { eventsQuerySchema } from '@comfyui-credits/contract/schemas'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext, AppEnv } from '../http/app-env.ts'
import { accountOf } from '../http/identify.ts'
import { readQuery } from '../http/read-request.ts'
import type { Membership } from '../workspaces/membership.ts'
import { listEvents, type EventsFilter } from './list.ts'
import { eventsInScope, scopedEventsQuerySchema } from './scope.ts'

const DEFAULT_LIMIT = 10

export function eventRoutes(deps: Deps): Hono<AppEnv> {
  return new Hono<AppEnv>().get(customerEndpoints.events.path, async (c) => {
    const account = await accountOf(deps, c)
    const filter = filterOf(readQuery(c, eventsQuerySchema))
    return c.json(await listEvents(deps.db, account.id, filter, { ...deps, workspaceId: null }))
  })
}

/** The page of the workspace's events that the query asks for, with who made each call. */
export async function answerWorkspaceEvents(
  deps: Deps,
  c: AppContext,
  membership: Membership,
): Promise<Response> {
  const query = readQuery(c, scopedEventsQuerySchema)
  const filter = { ...filterOf(query), among: await eventsInScope(deps.db, membership, query) }
  const { account, workspace } = membership
  const view = { ...deps, workspaceId: workspace.id }
  return c.json(await listEvents(deps.db, account.id, filter, view))
}

function filterOf(query: z.infer<typeof eventsQuerySchema>): EventsFilter {
  return {
    page: query.page ?? 1,
    limit: query.limit ?? DEFAULT_LIMIT,
    eventType: query.filter ?? null,
    from: parseDate('start_date', query.start_date),
    to: parseDate('end_date', query.end_date),
  }
}

function parseDate(name: string, text: string | undefined): Date | null {
  if (text === undefined) return null
  const date = new Date(text)
  // Years beyond four digits are beyond what the database has, or are written in another way; and it
  // has no year 0.
  const usable = !Number.isNaN(date.getTime()) && /^(?!0000)\d{4}-/.test(date.toISOString())
  if (!usable) {
    throw new ServiceError('bad-request', `${name} must be a date, such as 2026-11-22T10:00:00Z.`)
  }
  return date
}
