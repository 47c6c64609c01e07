import type { WorkspaceRole } from '@comfyui-credits/contract/members'
import { ServiceError } from '../errors.ts'
import type { Membership } from './membership.ts'

/** All that the newest ComfyUI asks about; what this service does not offer is false. */
const owner = {
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
  can_view_own_usage: true,
  can_view_pending_invites: false,
  can_view_team_usage: false,
} as const satisfies Record<string, boolean>

export type Right = keyof typeof owner
type Rights = Readonly<Record<Right, boolean>>

const teamOwner: Rights = { ...owner, can_view_team_usage: true }
const member: Rights = { ...owner, can_manage_billing: false, can_top_up: false }

export function rightsOf({ role, workspace }: Membership): Rights {
  if (role === 'member') return member
  return workspace.type === 'team' ? teamOwner : owner
}

/** Why a member may not what an owner may, in the contract's words. */
export function deniedReasons({ role }: Membership): Partial<Record<Right, string>> {
  if (role === 'owner') return {}
  return { can_top_up: 'not_workspace_owner', can_view_team_usage: 'not_workspace_owner' }
}

/** What a token says its bearer may, as ComfyUI names it. */
export function permissionsOf(role: WorkspaceRole): string[] {
  return [`${role}:*`]
}

/** Throws `forbidden` for who lacks the right. */
export function requireRight(membership: Membership, right: Right): void {
  if (!rightsOf(membership)[right]) throw ownersOnly()
}

/**
 * Throws `forbidden` for a member, who manages neither keys nor members. `can_manage_members` stays
 * false: for it ComfyUI would also offer roles and invitations, which there are not.
 */
export function requireOwner({ role }: Membership): void {
  if (role !== 'owner') throw ownersOnly()
}

function ownersOnly(): ServiceError {
  return new ServiceError(
    'forbidden',
    'Only an owner of the workspace may do this. Ask one of them to.',
  )
}
