import type { Context } from 'hono'

/** What the middleware leaves for the log line of a request. */
export interface AppEnv {
  Variables: { accountId?: string; apiName?: string }
}
export type AppContext = Context<AppEnv>
