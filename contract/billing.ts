import * as z from 'zod/mini'
import { openEnum } from './open-enum.ts'
import { balanceSchema } from './schemas.ts'

/**
 * What a workspace has and may do. Loose like contract/schemas.ts. Amounts in `*_cents` are US cents,
 * possibly fractional in a balance.
 */

const optionalBoolean = z.nullish(z.boolean())
const optionalNumber = z.nullish(z.number())
const optionalString = z.nullish(z.string())

/**
 * A personal workspace on `legacy_stripe` is paid from the customer's billing account
 * (`/customers/*`). On every other rail, and where none is named, the workspace pays.
 */
export const billingRails = ['legacy_stripe', 'stripe', 'metronome'] as const
export type BillingRail = (typeof billingRails)[number]

/** How the subscription stands. */
export const billingStatuses = [
  'awaiting_payment_method',
  'pending_payment',
  'paid',
  'payment_failed',
  'paused',
  'inactive',
] as const

/** + Who may buy, for the members who may not; with `features` in the balance answer only. */
const ownerSchema = z.looseObject({ name: optionalString, email: optionalString })

export const billingStatusSchema = z.looseObject({
  is_active: z.boolean(),
  has_funds: z.boolean(),
  billing_rail: z.nullish(openEnum(billingRails)),
  billing_status: z.nullish(openEnum(billingStatuses)),
  subscription_tier: optionalString,
  renewal_date: optionalString,
  scheduled_change: z.nullish(z.unknown()),
  team_credit_stop: z.nullish(z.unknown()),
  /** Whether each part of the workspace can pay for a run. */
  scoped_has_funds: z.nullish(z.record(z.string(), z.boolean())),
  /** A payment that is still open, and what it waits for: contract/top-up.ts. */
  pending_billing_op_id: optionalString,
  pending_billing_op_type: z.nullish(openEnum(['subscription', 'topup'])),
  action_url: optionalString,
  payment_intent_client_secret: optionalString,
  max_seats: optionalNumber,
  occupied_seats: optionalNumber,
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
  effective_balance_authoritative: optionalBoolean,
  low_balance: optionalBoolean,
  suggested_topup_amount_cents: optionalNumber,
})
export type WorkspaceBalanceBody = z.infer<typeof workspaceBalanceSchema>

/** All that the newest ComfyUI asks about. */
export const capabilityNames = [
  'can_cancel',
  'can_change_seats',
  'can_delete_workspace',
  'can_downgrade_to_personal',
  'can_edit_workspace',
  'can_invite_members',
  'can_leave_workspace',
  'can_manage_auto_top_up',
  'can_manage_billing',
  'can_manage_members',
  'can_manage_partner_node_access',
  'can_manage_subscription',
  'can_open_plans',
  'can_reactivate',
  'can_revert_scheduled_change',
  'can_run_workflows',
  'can_subscribe_self_serve',
  'can_top_up',
  'can_upgrade',
  'can_view_own_usage',
  'can_view_pending_invites',
  'can_view_team_usage',
] as const
export type CapabilityName = (typeof capabilityNames)[number]

/** Why no run may start that costs credits. */
export const runDenials = [
  'manual_block',
  'subscription_inactive',
  'payment_past_due',
  'no_funds',
  'workspace_cap_exceeded',
  'project_cap_exceeded',
  'user_cap_exceeded',
  'free_tier_exhausted',
] as const
export type RunDenial = (typeof runDenials)[number]

/** Why nobody, or not this person, may buy credits. */
export const topUpDenials = [
  'not_a_member',
  'not_workspace_owner',
  'creator_only_provisioning',
  'payment_past_due',
  'tier_not_self_serve',
  'subscription_status_unrecognized',
  'free_plan',
  'no_subscription',
  'subscription_ended',
] as const
export type TopUpDenial = (typeof topUpDenials)[number]

const autoTopUpSetup = z.nullish(
  z.looseObject({ state: openEnum(['ready', 'frozen', 'unavailable']), reason: optionalString }),
)

/** The record's type follows from the list above, which `Object.fromEntries` does not tell. */
const capabilityShape = Object.fromEntries(
  capabilityNames.map((name) => [name, optionalBoolean]),
) as Record<CapabilityName, typeof optionalBoolean>

/** Newer capabilities pass, whatever their type. */
export const billingCapabilitiesSchema = z.looseObject({
  capabilities: z.looseObject({ ...capabilityShape, auto_top_up_setup: autoTopUpSetup }),
  /**
   * Why what is false is false, such as `{can_top_up: 'not_workspace_owner'}`: one of the lists
   * above, or a newer reason. What is false without a reason is unexplained, not refused.
   */
  denied_reasons: z.nullish(z.record(z.string(), optionalString)),
  auto_top_up_setup: autoTopUpSetup,
  expires_at: optionalString,
  resolved_for: z.nullish(z.looseObject({ workspace_id: optionalString, user_id: optionalString })),
  revision: optionalNumber,
})
export type BillingCapabilitiesBody = z.infer<typeof billingCapabilitiesSchema>

export const billingPlansSchema = z.looseObject({ plans: z.array(z.unknown()) })
