import { setTimeout as sleep } from 'node:timers/promises'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { createCall } from '../../src/api/call.ts'
import { ApiError, type AnswerTime, type Call } from '../../src/api/port.ts'
import { readBalance, type Balance } from '../../src/balance/balance.ts'
import { workspaceEvents } from '../../src/billing-account/whose-events.ts'
import type { EventSource } from '../../src/overview/account-spending.ts'
import type { ApiSettings } from '../api-settings.ts'

/** What a key pays from. */
export interface Account extends EventSource {
  /** The workspace's name where a workspace pays; null for the person's own credits. */
  readonly workspace: string | null
  balance(): Promise<Balance>
}

type Addresses = Pick<ApiSettings, 'apiBase' | 'cloudBase'>

/** Rejects with an ApiError where the service does not say who pays. */
export async function openAccount(key: string, addresses: Addresses): Promise<Account> {
  let ahead = 0
  const answered = ({ date }: AnswerTime): void => {
    ahead = date - Date.now()
  }
  const callAt = (base: string): Call =>
    patient(
      createCall(
        {
          base,
          authHeaders: () => Promise.resolve({ 'X-API-KEY': key }),
          isCurrent: () => true,
        },
        answered,
      ),
    )
  const [customer, cloud] = [callAt(addresses.apiBase), callAt(addresses.cloudBase)]
  const paying = (await payingWorkspace(cloud)) ?? ofCustomer(customer)
  let balance: Promise<Balance> | undefined
  return {
    ...paying,
    balance: () => (balance ??= paying.balance()),
    now: () => Date.now() + ahead,
  }
}

function ofCustomer(call: Call): Omit<Account, 'now'> {
  return {
    workspace: null,
    async balance() {
      try {
        return readBalance(await call(customerEndpoints.balance))
      } catch (error) {
        if (!isCode(error, 'not-found')) throw error
        return readBalance({ amount_micros: 0, currency: 'usd' }) // A new customer.
      }
    },
    events: (page, limit) => call(customerEndpoints.events, { query: { page, limit } }),
  }
}

/** As ComfyUI 1.58 decides it. Null where the person's own credits pay. */
async function payingWorkspace(call: Call): Promise<Omit<Account, 'now'> | null> {
  try {
    const { name, type } = await call(workspaceEndpoints.currentWorkspace)
    const isPersonal = type === 'personal'
    if (isPersonal && (await call(workspaceEndpoints.status)).billing_rail === 'legacy_stripe') {
      return null
    }
    const events = workspaceEvents(call, { type: isPersonal ? type : 'team' })
    return {
      workspace: name,
      balance: async () => readBalance(await call(workspaceEndpoints.balance)),
      events: (page, limit) => events({ page, limit }),
    }
  } catch (error) {
    // A service without workspaces, as ComfyUI up to 1.50 knows it.
    if (isCode(error, 'not-found')) return null
    throw error
  }
}

const MAX_WAIT_S = 60

/** Waits as long as a service that is asked too often says. */
function patient(call: Call): Call {
  return async (endpoint, input) => {
    try {
      return await call(endpoint, input)
    } catch (error) {
      const seconds = error instanceof ApiError ? error.details.retryAfterSeconds : undefined
      if (!isCode(error, 'rate-limited') || seconds === undefined || seconds > MAX_WAIT_S)
        throw error
      await sleep(seconds * 1000)
      return call(endpoint, input)
    }
  }
}

function isCode(error: unknown, code: ApiError['code']): boolean {
  return error instanceof ApiError && error.code === code
}
