import type { Host, Workspace } from '../host/port.ts'

/**
 * Made with a billing account: whether the host still has the login and the workspace that it was
 * made for.
 */
export function isCurrentBillingAccount(host: Host, workspace: Workspace | null): () => boolean {
  const accountId = host.account()?.id
  return () => {
    if (host.account()?.id !== accountId) return false
    const context = host.billingContext()
    return context.state === 'workspace'
      ? context.workspace.id === workspace?.id
      : context.state === 'customer' && workspace === null
  }
}
