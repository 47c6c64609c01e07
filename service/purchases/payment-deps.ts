import type { Logger } from 'pino'
import type { Stripe } from 'stripe'
import type { Database } from '../database/open.ts'

/** What settling a payment needs, for webhooks, top-ups and the reconciler alike. */
export interface PaymentDeps {
  readonly db: Database
  readonly stripe: Stripe
  readonly log: Logger
}
