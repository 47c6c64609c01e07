import type { Endpoint } from './endpoints.ts'
import {
  billingCapabilitiesSchema,
  billingPlansSchema,
  billingStatusSchema,
  workspaceBalanceSchema,
} from './billing.ts'
import {
  currentWorkspaceSchema,
  workspaceMembersSchema,
  workspaceTokenSchema,
  workspacesSchema,
} from './members.ts'
import {
  billingOperationSchema,
  paymentMethodsSchema,
  paymentPortalSchema,
  topUpCheckoutSchema,
  topUpSchema,
} from './top-up.ts'
import { checkoutStatusSchema, embeddedPurchaseSchema, eventsPageSchema } from './schemas.ts'

/**
 * The workspace billing account: ComfyUI's cloud API as the newest ComfyUI (1.58) speaks it, at the
 * cloud's own address (https://cloud.comfy.org). What has `+` is ours.
 * Authorization: Bearer <workspace token>, or X-API-KEY.
 */
export const workspaceEndpoints = {
  workspaces: { method: 'GET', path: '/api/workspaces', response: workspacesSchema },
  currentWorkspace: {
    method: 'GET',
    path: '/api/workspaces/current',
    response: currentWorkspaceSchema,
  },
  members: { method: 'GET', path: '/api/workspace/members', response: workspaceMembersSchema },
  token: { method: 'POST', path: '/api/auth/token', response: workspaceTokenSchema },
  status: { method: 'GET', path: '/api/billing/status', response: billingStatusSchema },
  balance: { method: 'GET', path: '/api/billing/balance', response: workspaceBalanceSchema },
  capabilities: {
    method: 'GET',
    path: '/api/billing/capabilities',
    response: billingCapabilitiesSchema,
  },
  plans: { method: 'GET', path: '/api/billing/plans', response: billingPlansSchema },
  events: { method: 'GET', path: '/api/billing/events', response: eventsPageSchema },
  paymentMethods: {
    method: 'GET',
    path: '/api/billing/payment-methods',
    response: paymentMethodsSchema,
  },
  topUp: { method: 'POST', path: '/api/billing/topup', response: topUpSchema },
  operation: { method: 'GET', path: '/api/billing/ops/:id', response: billingOperationSchema },
  topUpCheckout: {
    method: 'POST',
    path: '/api/billing/topup/checkout',
    response: topUpCheckoutSchema,
  },
  /** + */
  topUpEmbedded: {
    method: 'POST',
    path: '/api/billing/topup/checkout/embedded',
    response: embeddedPurchaseSchema,
  },
  /** + */
  topUpCheckoutStatus: {
    method: 'GET',
    path: '/api/billing/topup/checkout/:session_id',
    response: checkoutStatusSchema,
  },
  paymentPortal: {
    method: 'POST',
    path: '/api/billing/payment-portal',
    response: paymentPortalSchema,
  },
} as const satisfies Record<string, Endpoint>
