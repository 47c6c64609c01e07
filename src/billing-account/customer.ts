import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { ApiError, type Call, type Caller, type CallOptions } from '../api/port.ts'
import type { CreditsContext } from '../context.ts'
import type { Workspace } from '../host/port.ts'
import type { BillingAccount, Rights } from './port.ts'
import { changesOf } from './live-changes.ts'
import { isCurrentBillingAccount } from './is-current.ts'

const ALL_RIGHTS: Rights = {
  canTopUp: true,
  canManageBilling: true,
  topUpDenial: null,
  runDenial: null,
  owners: [],
}

/**
 * The person's own credits. `workspace` is their personal one where the host has workspaces and
 * this one is still paid by the customer (rail `legacy_stripe`).
 */
export function customerBillingAccount(
  { host, api }: CreditsContext,
  workspace: Workspace | null,
): BillingAccount {
  const caller: Caller = {
    base: host.apiBase,
    authHeaders: (options) => host.authHeaders(options),
    isCurrent: isCurrentBillingAccount(host, workspace),
  }
  const call = api.call(caller)
  const checkoutStatus: BillingAccount['checkoutStatus'] = (sessionId, options) =>
    call(customerEndpoints.checkoutStatus, {
      ...options,
      pathParameters: { session_id: sessionId },
    })
  return {
    kind: 'customer',
    workspace,
    base: host.apiBase,
    balance: newCustomersAsZero((options) => call(customerEndpoints.balance, options)),
    changes: changesOf(api, caller, 'customer'),
    events: (query, options) => call(customerEndpoints.events, { ...options, query }),
    checkout: (request, options) => checkout(call, request, options),
    embeddedCheckout: (request, options) => embeddedCheckout(call, request, options),
    checkoutStatus,
    receipt: async ({ sessionId }, options) =>
      sessionId === null ? null : ((await checkoutStatus(sessionId, options)).receipt_url ?? null),
    portal: async (options) =>
      (await call(customerEndpoints.billingPortal, { ...options, body: {} })).billing_portal_url,
    rights: () => Promise.resolve(ALL_RIGHTS),
    renewal: () => Promise.resolve(null),
    cards: null,
  }
}

/** A customer who once had a balance is not new: then "not found" is a fault, not a balance of 0. */
function newCustomersAsZero(ask: BillingAccount['balance']): BillingAccount['balance'] {
  let hadOne = false
  return async (options) => {
    try {
      const body = await ask(options)
      hadOne = true
      return body
    } catch (error) {
      if (hadOne || !isNotFound(error)) throw error
      return { amount_micros: 0, currency: 'usd' }
    }
  }
}

async function checkout(
  call: Call,
  request: Parameters<BillingAccount['checkout']>[0],
  options: CallOptions = {},
): ReturnType<BillingAccount['checkout']> {
  const input = {
    ...options,
    body: {
      amount_micros: request.usdMicros,
      currency: 'usd',
      ...(request.returnUrl === undefined ? {} : { return_url: request.returnUrl }),
    },
    ...(request.idempotencyKey === undefined
      ? {}
      : { headers: { 'Idempotency-Key': request.idempotencyKey } }),
  }
  return asCustomer(call, options, () => call(customerEndpoints.purchase, input))
}

function embeddedCheckout(
  call: Call,
  { usdMicros, attempt }: Parameters<BillingAccount['embeddedCheckout']>[0],
  options: CallOptions = {},
): ReturnType<BillingAccount['embeddedCheckout']> {
  const input = {
    ...options,
    body: { amount_micros: usdMicros, currency: 'usd' },
    headers: { 'Idempotency-Key': attempt },
  }
  return asCustomer(call, options, () => call(customerEndpoints.embeddedPurchase, input))
}

/** A person who never bought has no customer yet; the API wants one before the first purchase. */
async function asCustomer<T>(call: Call, options: CallOptions, buy: () => Promise<T>): Promise<T> {
  try {
    return await buy()
  } catch (error) {
    if (!isNotFound(error)) throw error
    await call(customerEndpoints.createCustomer, { ...options, body: {} })
    return buy()
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'not-found'
}
