import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Feature } from '@comfyui-credits/contract/schemas'
import type { BillingOperationBody } from '@comfyui-credits/contract/top-up'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import type { Call, Caller, CallOptions } from '../api/port.ts'
import type { CreditsContext } from '../context.ts'
import type { Host, Workspace } from '../host/port.ts'
import { readChargeStatus } from './charge-status.ts'
import { changesOf } from './live-changes.ts'
import { isCurrentBillingAccount } from './is-current.ts'
import type { CardCharging, BillingAccount } from './port.ts'
import { fetchRights } from './rights.ts'
import { workspaceEvents } from './whose-events.ts'

/** Part of every top-up of a workspace: nobody needs to offer them. */
const ALWAYS: readonly Feature[] = ['return_url', 'idempotency']

/** The credits of a workspace, asked with a token that speaks for it. */
export function workspaceBillingAccount(
  { host, api }: CreditsContext,
  workspace: Workspace,
): BillingAccount {
  const caller = workspaceCaller(host, workspace)
  const call = api.call(caller)
  const checkoutStatus: BillingAccount['checkoutStatus'] = (sessionId, options) =>
    call(workspaceEndpoints.topUpCheckoutStatus, {
      ...options,
      pathParameters: { session_id: sessionId },
    })
  return {
    kind: 'workspace',
    workspace,
    base: host.cloudBase,
    async balance(options) {
      const body = await call(workspaceEndpoints.balance, options)
      return { ...body, features: [...(body.features ?? []), ...ALWAYS] }
    },
    changes: changesOf(api, caller, 'workspace'),
    events: workspaceEvents(call, workspace),
    checkout: ({ usdMicros, returnUrl, idempotencyKey }, options) =>
      call(workspaceEndpoints.topUpCheckout, {
        ...options,
        body: {
          amount_cents: centsFromUsdMicros(usdMicros),
          // The API requires one; without a page of ours the payment returns to ComfyUI, which may
          // be served under a prefix.
          return_url: returnUrl ?? new URL('.', window.location.href).href,
          idempotency_key: idempotencyKey,
        },
      }),
    embeddedCheckout: ({ usdMicros, attempt }, options) =>
      call(workspaceEndpoints.topUpEmbedded, {
        ...options,
        body: { amount_cents: centsFromUsdMicros(usdMicros), idempotency_key: attempt },
      }),
    checkoutStatus,
    async receipt({ sessionId, operationId }, options) {
      if (operationId !== null)
        return (await operation(call, operationId, options)).receipt_url ?? null
      return sessionId === null
        ? null
        : ((await checkoutStatus(sessionId, options)).receipt_url ?? null)
    },
    portal: async (options) =>
      (await call(workspaceEndpoints.paymentPortal, { ...options, body: {} })).url,
    rights: (options) => fetchRights(call, workspace, options),
    renewal: async (options) =>
      (await call(workspaceEndpoints.status, options)).renewal_date ?? null,
    cards: cardCharging(call),
  }
}

/**
 * Which rail the workspace is billed on, for a host that does not know; null where the answer names
 * none.
 */
export async function fetchRail(
  { host, api }: CreditsContext,
  workspace: Workspace,
  options?: CallOptions,
): Promise<string | null> {
  const call = api.call(workspaceCaller(host, workspace))
  return (await call(workspaceEndpoints.status, options)).billing_rail ?? null
}

function workspaceCaller(host: Host, workspace: Workspace): Caller {
  return {
    base: host.cloudBase,
    authHeaders: (options) => host.workspaceAuthHeaders(options),
    // With a clock far ahead the host takes each new workspace token for expired, and gives out none.
    loginHeaders: () => host.authHeaders(),
    isCurrent: isCurrentBillingAccount(host, workspace),
  }
}

function cardCharging(call: Call): CardCharging {
  return {
    async savedCard(options) {
      const methods = await call(workspaceEndpoints.paymentMethods, options)
      const charged = methods.find(({ is_default }) => is_default) ?? methods[0]
      return charged ? { brand: charged.brand ?? null, last4: charged.last4 ?? null } : null
    },
    async charge({ usdMicros, attempt }) {
      const answer = await call(workspaceEndpoints.topUp, {
        body: { amount_cents: centsFromUsdMicros(usdMicros), idempotency_key: attempt },
      })
      return answer.billing_op_id
    },
    operation: async (id) => readChargeStatus(await operation(call, id)),
  }
}

function operation(call: Call, id: string, options?: CallOptions): Promise<BillingOperationBody> {
  return call(workspaceEndpoints.operation, { ...options, pathParameters: { id } })
}
