import * as z from 'zod/mini'
import { openEnum } from './open-enum.ts'

/** Workspaces, who is in them and the token a login gets for one. Loose like contract/schemas.ts. */

const optionalString = z.nullish(z.string())

export const workspaceTypes = ['personal', 'team'] as const
export type WorkspaceType = (typeof workspaceTypes)[number]

export const workspaceRoles = ['owner', 'member'] as const
export type WorkspaceRole = (typeof workspaceRoles)[number]

const workspaceType = openEnum(workspaceTypes)
const workspaceRole = openEnum(workspaceRoles)

const workspaceSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: workspaceType,
  role: workspaceRole,
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
  role: z.nullish(workspaceRole),
  auth_method: optionalString,
  permissions: z.nullish(z.array(z.string())),
})
export type CurrentWorkspaceBody = z.infer<typeof currentWorkspaceSchema>

/** Who is in the workspace that is asked from. */
export const workspaceMembersSchema = z.looseObject({
  members: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      email: z.string(),
      role: workspaceRole,
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
  role: workspaceRole,
  permissions: z.array(z.string()),
})
export type WorkspaceTokenBody = z.infer<typeof workspaceTokenSchema>
