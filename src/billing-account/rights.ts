import type { CapabilityName } from '@comfyui-credits/contract/billing'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { ApiError, type Call, type CallOptions } from '../api/port.ts'
import type { Workspace } from '../host/port.ts'
import type { Rights } from './port.ts'

/** What the person may do in the workspace. */
export async function fetchRights(
  call: Call,
  workspace: Workspace,
  options?: CallOptions,
): Promise<Rights> {
  const { capabilities, denied_reasons } = await call(workspaceEndpoints.capabilities, options)
  const may = (name: CapabilityName): boolean =>
    capabilities[name] === true || (!denied_reasons?.[name] && mayTry(workspace))
  const canTopUp = may('can_top_up')
  const runDenial =
    capabilities.can_run_workflows === false
      ? (denied_reasons?.['can_run_workflows'] ?? (await subscriptionProblem(call, options)))
      : null
  return {
    canTopUp,
    canManageBilling: may('can_manage_billing'),
    topUpDenial: canTopUp ? null : (denied_reasons?.['can_top_up'] ?? null),
    runDenial,
    owners: canTopUp && runDenial === null ? [] : await owners(call, options),
  }
}

/** What the subscription's status says where runs are denied without a reason; null for nothing. */
async function subscriptionProblem(call: Call, options?: CallOptions): Promise<string | null> {
  try {
    const { billing_status: status } = await call(workspaceEndpoints.status, options)
    return !status || status === 'paid' ? null : status
  } catch (error) {
    if (error instanceof ApiError && error.code !== 'cancelled') return null
    throw error
  }
}

/**
 * Where the service does not say why something is not allowed, or does not say whether it is: only
 * a plain member is certain to be refused. Everybody else may try, and the service decides.
 */
export function mayTry({ role }: Workspace): boolean {
  return role !== 'member'
}

/** A refusal to name them leaves "an owner" nameless. */
async function owners(call: Call, options?: CallOptions): Promise<string[]> {
  try {
    const { members } = await call(workspaceEndpoints.members, options)
    return members.filter(({ role }) => role === 'owner').map(({ name, email }) => name || email)
  } catch (error) {
    if (error instanceof ApiError && error.code !== 'cancelled') return []
    throw error
  }
}
