import * as z from 'zod/mini'

/**
 * The workspace API (cloud.comfy.org/api) as the newest ComfyUI asks for it, as far as a personal
 * workspace on the rail `legacy_stripe` needs it. Loose like contract/schemas.ts.
 */

const workspaceType = z.enum(['personal', 'team'])

const workspaceSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: workspaceType,
  role: z.string(),
  created_at: z.string(),
  joined_at: z.string(),
})
export type WorkspaceBody = z.infer<typeof workspaceSchema>

export const workspacesSchema = z.looseObject({
  can_create_workspace: z.boolean(),
  workspaces: z.array(workspaceSchema),
})

/** Asked by a login with an API key, which knows only its own workspace. */
export const currentWorkspaceSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: workspaceType,
  role: z.string(),
  auth_method: z.string(),
  permissions: z.array(z.string()),
})

export const workspaceTokenRequestSchema = z.object({ workspace_id: z.string() })

export const workspaceTokenSchema = z.looseObject({
  token: z.string(),
  expires_at: z.string(),
  user_id: z.string(),
  workspace: z.looseObject({ id: z.string(), name: z.string(), type: workspaceType }),
  role: z.string(),
  permissions: z.array(z.string()),
})

/** On `legacy_stripe` the customer's purse pays and all of `/customers/*` holds. */
const billingRails = ['legacy_stripe', 'stripe', 'metronome'] as const

export const billingStatusSchema = z.looseObject({
  is_active: z.boolean(),
  has_funds: z.boolean(),
  billing_rail: z.enum(billingRails),
  subscription_tier: z.nullish(z.string()),
  scheduled_change: z.nullish(z.unknown()),
  team_credit_stop: z.nullish(z.unknown()),
  max_seats: z.number(),
  occupied_seats: z.number(),
})

export const billingCapabilitiesSchema = z.looseObject({
  capabilities: z.record(z.string(), z.boolean()),
  expires_at: z.string(),
  resolved_for: z.looseObject({ workspace_id: z.string(), user_id: z.string() }),
  revision: z.number(),
})

export const billingPlansSchema = z.looseObject({ plans: z.array(z.unknown()) })
