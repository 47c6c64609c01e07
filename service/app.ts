import { sql } from 'drizzle-orm'
import { Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { secureHeaders } from 'hono/secure-headers'
import { customerRoutes } from './customers/routes.ts'
import type { Deps } from './deps.ts'
import { ServiceError } from './errors.ts'
import { eventRoutes } from './events/routes.ts'
import type { AppEnv } from './http/app-env.ts'
import { answerError, BACK_AFTER_S } from './http/error-answer.ts'
import { pageRoutes } from './http/pages.ts'
import { requestLog } from './http/request-log.ts'
import { readRestSlowly } from './http/unread-body.ts'
import { proxyRoutes } from './proxy/routes.ts'
import { purchaseRoutes } from './purchases/routes.ts'
import { webhookRoutes } from './purchases/webhook-route.ts'
import { reconciliationRoutes } from './reconciliation/routes.ts'
import { billingRoutes } from './workspaces/billing-routes.ts'
import { keyRoutes } from './workspaces/key-routes.ts'
import { memberRoutes } from './workspaces/member-routes.ts'
import { workspaceRoutes } from './workspaces/routes.ts'
import { topUpRoutes } from './workspaces/top-up-routes.ts'

/** The whole HTTP interface; holds no state of its own. */
export function createApp(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  app.onError(answerError(deps.log))
  app.notFound(() => {
    throw new ServiceError('not-found', 'There is nothing at this address.')
  })

  app.use(deps.inFlight.middleware)
  app.use(requestLog(deps.log))
  app.use(readRestSlowly)
  app.use(noStore)
  app.use(hardenAnswers(deps))
  app.use(allowBrowsers(deps))
  app.use(refuseNul)

  // Whether the process lives, whatever its database does: to restart it would help nobody.
  app.get('/livez', (c) => c.json({ status: 'ok' }))
  // Whether it can serve.
  app.on('GET', ['/readyz', '/healthz'], async (c) => {
    try {
      await deps.db.execute(sql`select 1`)
    } catch (cause) {
      throw new ServiceError('internal', 'The database does not answer.', {
        status: 503,
        retryAfterSeconds: BACK_AFTER_S,
        cause,
      })
    }
    return c.json({ status: 'ok' })
  })
  // The stock frontend asks for ComfyUI's release notes here. We have none.
  app.get('/releases', (c) => c.json([]))

  app.route('/', customerRoutes(deps))
  app.route('/', purchaseRoutes(deps))
  app.route('/', eventRoutes(deps))
  app.route('/', proxyRoutes(deps))
  app.route('/', webhookRoutes(deps))
  app.route('/', pageRoutes())
  app.route('/', workspaceRoutes(deps))
  app.route('/', memberRoutes(deps))
  app.route('/', keyRoutes(deps))
  app.route('/', billingRoutes(deps))
  app.route('/', topUpRoutes(deps))
  app.route('/', reconciliationRoutes(deps))
  return app
}

/** Everything here is somebody's, or may change at any time. */
const noStore: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store')
}

/** Nothing here is guessed to be of another type, or shown inside another page. */
function hardenAnswers({ publicUrl }: Deps): MiddlewareHandler<AppEnv> {
  return secureHeaders({
    xFrameOptions: 'DENY',
    // Pages of any origin call the service: see below.
    crossOriginResourcePolicy: 'cross-origin',
    // A page that a payment opened may close itself.
    crossOriginOpenerPolicy: false,
    strictTransportSecurity: publicUrl.startsWith('https:') ? 'max-age=31536000' : false,
  })
}

/** Any origin may call, since ComfyUI runs on any. Callers authenticate by header, not by cookie. */
function allowBrowsers(deps: Deps) {
  return cors({
    origin: '*',
    allowMethods: ['GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS'],
    allowHeaders: [
      'Authorization',
      'X-API-KEY',
      'Content-Type',
      ...(deps.contract === 'extended' ? ['Idempotency-Key'] : []),
    ],
    // A browser's clock may be off: by Date it learns how far.
    exposeHeaders: ['X-Comfy-Credits-Used', 'Retry-After', 'Date'],
    maxAge: 600,
  })
}

/** PostgreSQL stores every character but this one, so nothing here is named by it. */
const refuseNul: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (/%00|\0/.test(c.req.url)) {
    throw new ServiceError('bad-request', 'The address has a NUL character (%00).')
  }
  return next()
}
