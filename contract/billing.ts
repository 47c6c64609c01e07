import * as z from 'zod/mini'
import { balanceSchema } from './schemas.ts'

/**
 * What a workspace has and may do. Loose like contract/schemas.ts. Amounts in `*_cents` are US cents,
 * possibly fractional in a balance.
 */

const optionalNumber = z.nullish(z.number())
const optionalString = z.nullish(z.string())

/**
 * A personal workspace on `legacy_stripe` is paid from the customer's billing account
 * (`/customers/*`).
 */
export const billingRails = ['legacy_stripe', 'stripe', 'metronome'] as const
export type BillingRail = (typeof billingRails)[number]

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
