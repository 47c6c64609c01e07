import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'

export interface AppEnv {
  /** As node's server gives it; nothing in tests. */
  Bindings: {
    incoming?: { socket: { remoteAddress?: string | undefined } } & Partial<
      Pick<IncomingMessage, 'complete' | 'on' | 'pause' | 'resume'>
    >
  }
  /** What the middleware records for a request's log line, and its credential for limits. */
  Variables: { accountId?: string; apiName?: string; keyId?: string | null }
}
export type AppContext = Context<AppEnv>
