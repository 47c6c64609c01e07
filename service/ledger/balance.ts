import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import { features, type BalanceBody, type Feature } from '@comfyui-credits/contract/schemas'
import type { Deps } from '../deps.ts'
import type { Account } from '../database/schema.ts'

/**
 * The balance as on the wire: exact cents, fractional where the ledger is. What is reserved is pending,
 * and no part of the balance is missing for it.
 */
export function describeBalance(
  deps: Pick<Deps, 'contract' | 'publishableKey'>,
  account: Account,
): BalanceBody {
  const amount = centsFromUsdMicros(account.balanceUsdMicros)
  return {
    amount_micros: amount,
    prepaid_balance_micros: amount,
    cloud_credit_balance_micros: 0,
    pending_charges_micros: centsFromUsdMicros(account.heldUsdMicros),
    effective_balance_micros: centsFromUsdMicros(account.balanceUsdMicros - account.heldUsdMicros),
    currency: 'usd',
    ...(deps.contract === 'extended' && { features: offeredBy(deps) }),
  }
}

function offeredBy({ publishableKey }: Pick<Deps, 'publishableKey'>): Feature[] {
  return features.filter((feature) => feature !== 'embedded_checkout' || publishableKey !== null)
}
