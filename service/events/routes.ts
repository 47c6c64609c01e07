import { Hono } from 'hono'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { eventsQuerySchema } from '@comfyui-credits/contract/schemas'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { Account } from '../database/schema.ts'
import type { AppContext, AppEnv } from '../http/app-env.ts'
import { accountOf } from '../http/identify.ts'
import { readQuery } from '../http/read-request.ts'
import { listEvents } from './list.ts'

const DEFAULT_LIMIT = 10

export function eventRoutes(deps: Deps): Hono<AppEnv> {
  return new Hono<AppEnv>().get(customerEndpoints.events.path, async (c) =>
    answerEvents(deps, c, await accountOf(deps, c)),
  )
}

/** The page of the account's events that the query asks for. */
export async function answerEvents(deps: Deps, c: AppContext, account: Account): Promise<Response> {
  const query = readQuery(c, eventsQuerySchema)
  const page = await listEvents(
    deps.db,
    account.id,
    {
      page: query.page ?? 1,
      limit: query.limit ?? DEFAULT_LIMIT,
      eventType: query.filter ?? null,
      from: parseDate('start_date', query.start_date),
      to: parseDate('end_date', query.end_date),
    },
    deps,
  )
  return c.json(page)
}

function parseDate(name: string, text: string | undefined): Date | null {
  if (text === undefined) return null
  const date = new Date(text)
  // Years beyond four digits are beyond what the database has, or are written in another way.
  const usable = !Number.isNaN(date.getTime()) && /^\d{4}-/.test(date.toISOString())
  if (!usable) {
    throw new ServiceError('bad-request', `${name} must be a date, such as 2026-11-22T10:00:00Z.`)
  }
  return date
}
