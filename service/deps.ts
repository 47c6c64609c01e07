import type { Logger } from 'pino'
import type { Stripe } from 'stripe'
import type { Authenticate } from './auth/authenticate.ts'
import type { WorkspaceTokens } from './auth/workspace-token.ts'
import type { Database } from './database/open.ts'
import type { InFlight } from './http/in-flight.ts'
import type { RateLimits } from './http/rate-limits.ts'
import type { CallReader } from './proxy/call-reader.ts'
import type { Concurrency } from './proxy/concurrency.ts'
import type { AccountNotifications } from './push/account-notifications.ts'
import type { Comparer } from './reconciliation/difference.ts'
import type { Admission, ContractMode, UsageContent } from './settings.ts'

/** The routes' dependencies, created in server.ts. */
export interface Deps {
  readonly db: Database
  readonly notifications: AccountNotifications
  readonly stripe: Stripe
  readonly stripeWebhookSecret: string
  /** Whether the secret key moves real money; null: it does not say. */
  readonly stripeLivemode: boolean | null
  /** For pages that pay with Stripe.js; null: not offered. */
  readonly publishableKey: string | null
  readonly authenticate: Authenticate
  readonly workspaceTokens: WorkspaceTokens
  readonly partnerBaseUrl: string
  readonly reader: CallReader
  /** How browsers reach the service, without a trailing slash. */
  readonly publicUrl: string
  readonly reconciler: Comparer
  /** The operators' token; null: no routes for them. */
  readonly adminToken: string | null
  readonly rateLimits: RateLimits
  /** How many proxies before the service add the true address to X-Forwarded-For. */
  readonly trustedProxies: number
  readonly admission: Admission
  readonly concurrency: Concurrency
  /** After so long a stream of a balance ends, and its page opens another. */
  readonly streamLifeMs: number
  readonly contract: ContractMode
  readonly usageEvents: UsageContent
  readonly log: Logger
  readonly inFlight: InFlight
  /** Aborted when the service stops and can no longer wait for partners. */
  readonly stopped: AbortSignal
}
