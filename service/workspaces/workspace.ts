import type { WorkspaceBody } from '../../contract/workspace.ts'
import type { Account } from '../database/schema.ts'

export const OWNER_PERMISSIONS = ['owner:*']

/** Every account has exactly one workspace, its own; so it follows from the account. */
export function personalWorkspace(account: Account): WorkspaceBody {
  const since = account.createdAt.toISOString()
  return {
    id: `ws_${account.id}`,
    name: `${account.name ?? account.email ?? 'Personal'} (personal)`,
    type: 'personal',
    role: 'owner',
    created_at: since,
    joined_at: since,
  }
}

/** All that the newest ComfyUI asks about; what this service does not offer is false. */
export const capabilities = {
  can_cancel: false,
  can_change_seats: false,
  can_delete_workspace: false,
  can_downgrade_to_personal: false,
  can_edit_workspace: false,
  can_invite_members: false,
  can_leave_workspace: false,
  can_manage_auto_top_up: false,
  can_manage_billing: true,
  can_manage_members: false,
  can_manage_partner_node_access: false,
  can_manage_subscription: false,
  can_open_plans: false,
  can_reactivate: false,
  can_revert_scheduled_change: false,
  can_run_workflows: true,
  can_subscribe_self_serve: false,
  can_top_up: true,
  can_upgrade: false,
  can_view_pending_invites: false,
  can_view_team_usage: false,
} as const satisfies Record<string, boolean>
