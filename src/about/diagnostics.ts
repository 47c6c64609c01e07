import { workspaceRoles } from '@comfyui-credits/contract/members'
import type { Feature } from '@comfyui-credits/contract/schemas'
import type { Account, HostFacts, BillingContext } from '../host/port.ts'
import type { RecentError } from '../api/recent-errors.ts'

/** What there is to know for a bug report, as the host and the stores have it. */
interface Known {
  readonly version: string
  readonly host: HostFacts
  readonly browser: string
  /** False on plain http, where browsers give a page less. */
  readonly secureContext: boolean
  readonly language: string
  readonly login: Account['login'] | null
  readonly context: BillingContext
  readonly billingAccount: { readonly state: string; readonly kind: string | null }
  readonly rail: string | null
  readonly features: readonly Feature[]
  readonly purchaseStep: string
  readonly errors: readonly RecentError[]
}

/**
 * As text to paste where everybody can read it: no token, no e-mail address, no account, no name of
 * a workspace, no amount, and of a service of one's own only that it is one.
 */
export function diagnosticsText(known: Known): string {
  const workspace = known.context.state === 'workspace' ? known.context.workspace : null
  const report = {
    credits: known.version,
    comfyui: known.host.comfyuiVersion,
    frontend: known.host.frontendVersion,
    browser: known.browser,
    secureContext: known.secureContext,
    language: known.language,
    login: known.login,
    billingAccount: {
      ...known.billingAccount,
      context: known.context.state,
      workspace: workspace?.type ?? null,
      role: workspaceRoles.find((role) => role === workspace?.role) ?? null,
      rail: known.rail,
    },
    ...known.host.addresses,
    features: known.features,
    purchase: known.purchaseStep,
    capabilities: known.host.capabilities,
    errors: known.errors,
  }
  return JSON.stringify(report, null, 2)
}
