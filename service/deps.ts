import type { Logger } from 'pino'
import type { Stripe } from 'stripe'
import type { Authenticate } from './auth/authenticate.ts'
import type { WorkspaceTokens } from './auth/workspace-token.ts'
import type { Database } from './database/open.ts'
import type { InFlight } from './http/in-flight.ts'
import type { AccountNews } from './push/account-notifications.ts'
import type { Comparer } from './reconciliation/difference.ts'
import type { ContractMode } from './settings.ts'

/** All that the routes work with, put together in server.ts. */
export interface Deps {
  readonly db: Database
  readonly news: AccountNews
  readonly stripe: Stripe
  readonly stripeWebhookSecret: string
  /** For pages that pay by Stripe.js; null: nobody is offered that. */
  readonly publishableKey: string | null
  readonly authenticate: Authenticate
  readonly workspaceTokens: WorkspaceTokens
  readonly partnerBaseUrl: string
  /** How browsers reach the service, without a trailing slash. */
  readonly publicUrl: string
  readonly reconciler: Comparer
  /** Of the operators; null: there is nothing for them here. */
  readonly adminToken: string | null
  readonly contract: ContractMode
  readonly log: Logger
  readonly inFlight: InFlight
  /** Aborted when the service ends and cannot wait for partners any longer. */
  readonly stopped: AbortSignal
}
