import * as z from 'zod/mini'
import type { Endpoint } from './endpoints.ts'
import {
  balanceSchema,
  checkoutStatusSchema,
  embeddedPurchaseSchema,
  eventsPageSchema,
} from './schemas.ts'

/**
 * The workspace billing account: ComfyUI's cloud API as the newest ComfyUI (1.58) speaks it. Loose like
 * contract/schemas.ts. Authorization: Bearer <workspace token>, or X-API-KEY.
 *
 * Amounts in `*_cents` are US cents: whole ones in what is bought, possibly fractional in a balance.
 */

const optionalNumber = z.nullish(z.number())
const optionalString = z.nullish(z.string())

export const workspaceTypes = ['personal', 'team'] as const
export type WorkspaceType = (typeof workspaceTypes)[number]

export const workspaceRoles = ['owner', 'member'] as const
export type WorkspaceRole = (typeof workspaceRoles)[number]

/** A personal workspace on `legacy_stripe` is paid by the customer's billing account (`/customers/*`). */
export const billingRails = ['legacy_stripe', 'stripe', 'metronome'] as const
export type BillingRail = (typeof billingRails)[number]

const workspaceType = z.enum(workspaceTypes)

const workspaceSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: workspaceType,
  role: z.string(),
  created_at: z.string(),
  joined_at: z.string(),
  subscription_tier: optionalString,
})
export type WorkspaceBody = z.infer<typeof workspaceSchema>

export const workspacesSchema = z.looseObject({
  can_create_workspace: z.boolean(),
  workspaces: z.array(workspaceSchema),
})
export type WorkspacesBody = z.infer<typeof workspacesSchema>

/** Asked by a login with an API key, which knows only its own workspace. */
export const currentWorkspaceSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: workspaceType,
  role: z.string(),
  auth_method: z.string(),
  permissions: z.array(z.string()),
})
export type CurrentWorkspaceBody = z.infer<typeof currentWorkspaceSchema>

/** Who is in the workspace that is asked from. */
export const workspaceMembersSchema = z.looseObject({
  members: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      email: z.string(),
      role: z.string(),
      joined_at: z.string(),
      is_original_owner: z.boolean(),
    }),
  ),
  pagination: z.looseObject({
    has_more: z.boolean(),
    limit: z.number(),
    offset: z.number(),
    total: z.number(),
  }),
})
export type WorkspaceMembersBody = z.infer<typeof workspaceMembersSchema>

export const workspaceTokenRequestSchema = z.object({ workspace_id: z.string() })

export const workspaceTokenSchema = z.looseObject({
  token: z.string(),
  expires_at: z.string(),
  user_id: z.string(),
  workspace: z.looseObject({ id: z.string(), name: z.string(), type: workspaceType }),
  role: z.string(),
  permissions: z.array(z.string()),
})
export type WorkspaceTokenBody = z.infer<typeof workspaceTokenSchema>

/** + Who may buy, for the members who may not; with `features` in the balance answer only. */
const ownerSchema = z.looseObject({ name: optionalString, email: optionalString })

export const billingStatusSchema = z.looseObject({
  is_active: z.boolean(),
  has_funds: z.boolean(),
  billing_rail: z.enum(billingRails),
  subscription_tier: optionalString,
  scheduled_change: z.nullish(z.unknown()),
  team_credit_stop: z.nullish(z.unknown()),
  max_seats: z.number(),
  occupied_seats: z.number(),
  owners: z.nullish(z.array(ownerSchema)),
})
export type BillingStatusBody = z.infer<typeof billingStatusSchema>

/** The same units as the customer's: what is named `*_micros` holds cents, as `*_cents` does. */
export const workspaceBalanceSchema = z.extend(balanceSchema, {
  amount_cents: optionalNumber,
  prepaid_balance_cents: optionalNumber,
  cloud_credit_balance_cents: optionalNumber,
  pending_charges_cents: optionalNumber,
  effective_balance_cents: optionalNumber,
  low_balance: z.nullish(z.boolean()),
  suggested_topup_amount_cents: optionalNumber,
})
export type WorkspaceBalanceBody = z.infer<typeof workspaceBalanceSchema>

export const billingCapabilitiesSchema = z.looseObject({
  capabilities: z.record(z.string(), z.boolean()),
  /** Why what is false is false, such as `{can_top_up: 'not_workspace_owner'}`. */
  denied_reasons: z.nullish(z.record(z.string(), z.string())),
  expires_at: z.string(),
  resolved_for: z.looseObject({ workspace_id: z.string(), user_id: z.string() }),
  revision: z.number(),
})
export type BillingCapabilitiesBody = z.infer<typeof billingCapabilitiesSchema>

export const billingPlansSchema = z.looseObject({ plans: z.array(z.unknown()) })

/** The cards a top-up can be charged to, the one that will be first. */
export const paymentMethodsSchema = z.array(
  z.looseObject({
    id: z.string(),
    type: z.string(),
    brand: optionalString,
    last4: optionalString,
    is_default: z.boolean(),
  }),
)
export type PaymentMethodsBody = z.infer<typeof paymentMethodsSchema>

const wholeCents = z.number().check(z.int(), z.positive())

/** The same key again is the same top-up, however often it is sent. */
const idempotencyKey = z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/))

export const topUpRequestSchema = z.object({
  amount_cents: wholeCents,
  idempotency_key: z.optional(idempotencyKey),
})

/** `pending` is settled later: GET /api/billing/ops/:id with `billing_op_id` tells how. */
export const topUpStates = ['pending', 'completed', 'failed'] as const

export const topUpSchema = z.looseObject({
  billing_op_id: z.string(),
  topup_id: z.string(),
  status: z.enum(topUpStates),
  amount_cents: z.number(),
})
export type TopUpBody = z.infer<typeof topUpSchema>

/** Reasons ComfyUI has words for. */
export const declineReasons = [
  'card_declined',
  'insufficient_funds',
  'expired_card',
  'incorrect_cvc',
  'authentication_required',
  'processing_error',
  'generic',
] as const
export type DeclineReason = (typeof declineReasons)[number]

/** How a top-up of the saved card stands. The reason is one of `declineReasons`, or a newer one. */
export const billingOperationSchema = z.looseObject({
  id: z.string(),
  status: z.enum(['pending', 'succeeded', 'failed', 'reconciliation_needed']),
  started_at: z.string(),
  completed_at: optionalString,
  topup_purchase_amount: z.nullish(
    z.looseObject({ amount_cents: z.number(), currency: z.string() }),
  ),
  decline_reason: optionalString,
  /** + Of a top-up that succeeded, with the feature `receipt`. */
  receipt_url: optionalString,
  error_message: optionalString,
})
export type BillingOperationBody = z.infer<typeof billingOperationSchema>

export const topUpCheckoutRequestSchema = z.object({
  amount_cents: wholeCents,
  return_url: z.string(),
  idempotency_key: z.optional(idempotencyKey),
})

export const topUpCheckoutSchema = z.looseObject({
  checkout_url: z.string(),
  session_id: optionalString,
})
export type TopUpCheckoutBody = z.infer<typeof topUpCheckoutSchema>

/** + As the customer's: contract/schemas.ts, `embeddedPurchaseSchema`. */
export const topUpEmbeddedRequestSchema = z.object({
  amount_cents: wholeCents,
  idempotency_key: idempotencyKey,
})

export const paymentPortalRequestSchema = z.object({ return_url: z.optional(z.string()) })

export const paymentPortalSchema = z.looseObject({ url: z.string() })
export type PaymentPortalBody = z.infer<typeof paymentPortalSchema>

/** Paths at the cloud's own address (https://cloud.comfy.org); what has `+` is ours. */
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
