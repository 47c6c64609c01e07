import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import * as z from 'zod/mini'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppEnv } from '../http/app-env.ts'
import { limitedByAddress } from '../http/identify.ts'
import { readBody } from '../http/read-request.ts'
import { askStripe } from '../purchases/stripe.ts'

const DEFAULT_DAYS = 30
const requestSchema = z.object({ days: z.optional(z.int().check(z.gte(1), z.lte(180))) })

/** For operators, through `npm run reconcile`. Without ADMIN_TOKEN the route does not exist. */
export function reconciliationRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()
  const { adminToken } = deps
  if (adminToken === null) return routes
  return routes.post('/admin/reconcile', async (c) => {
    await limitedByAddress(deps, c, () => {
      if (same(c.req.header('Authorization') ?? '', `Bearer ${adminToken}`)) return
      throw new ServiceError('unauthorized', 'This takes the ADMIN_TOKEN of the service.')
    })
    const { days = DEFAULT_DAYS } = await readBody(c, requestSchema)
    return c.json(await askStripe(() => deps.reconciler.compare(days)))
  })
}

/** In constant time, which does not reveal how much of it is right. */
function same(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
