import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Logger } from 'pino'
import type { AppEnv } from './app-env.ts'

/**
 * One line per request. It has the route's pattern instead of the address: ids and queries stay out
 * of the log, as do headers and bodies.
 */
export function requestLog(log: Logger): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const startedAt = performance.now()
    await next()
    const line = {
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      ms: Math.round(performance.now() - startedAt),
      account: c.get('accountId'),
      api: c.get('apiName'),
    }
    if (c.res.status >= 500) log.error(line, 'request')
    else log.info(line, 'request')
  }
}
