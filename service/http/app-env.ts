import type { Context } from 'hono'

/** What the middleware records for a request's log line. */
export interface AppEnv {
  Variables: { accountId?: string; apiName?: string }
}
export type AppContext = Context<AppEnv>
