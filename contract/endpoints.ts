import type { ZodMiniType } from 'zod/mini'
import {
  balanceSchema,
  billingPortalSchema,
  checkoutStatusSchema,
  customerSchema,
  embeddedPurchaseSchema,
  eventsPageSchema,
  purchaseSchema,
  subscriptionStatusSchema,
  usagePortalSchema,
} from './schemas.ts'

/** One call of the API: where it is, and what a good answer looks like. */
export interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly response: ZodMiniType
}

/** The customer's billing account. Authorization: Bearer <Firebase ID token>, or X-API-KEY. */
export const customerEndpoints = {
  createCustomer: { method: 'POST', path: '/customers', response: customerSchema },
  balance: { method: 'GET', path: '/customers/balance', response: balanceSchema },
  purchase: { method: 'POST', path: '/customers/credit', response: purchaseSchema },
  embeddedPurchase: {
    method: 'POST',
    path: '/customers/credit/embedded',
    response: embeddedPurchaseSchema,
  },
  checkoutStatus: {
    method: 'GET',
    path: '/customers/credit/:session_id',
    response: checkoutStatusSchema,
  },
  billingPortal: { method: 'POST', path: '/customers/billing', response: billingPortalSchema },
  events: { method: 'GET', path: '/customers/events', response: eventsPageSchema },
  usagePortal: { method: 'POST', path: '/customers/usage', response: usagePortalSchema },
  subscriptionStatus: {
    method: 'GET',
    path: '/customers/cloud-subscription-status',
    response: subscriptionStatusSchema,
  },
} as const satisfies Record<string, Endpoint>

export type CustomerEndpoint = keyof typeof customerEndpoints
