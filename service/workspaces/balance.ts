import { TOP_UP_MIN_USD, TOP_UP_PRESETS_USD } from '@comfyui-credits/contract/top-up-amounts'
import {
  centsFromUsdMicros,
  usdMicrosFromCents,
  usdMicrosFromUsd,
} from '@comfyui-credits/contract/money'
import type { BalanceBody } from '@comfyui-credits/contract/schemas'
import type { WorkspaceBalanceBody } from '@comfyui-credits/contract/billing'

/** Below what the smallest top-up buys. */
const LOW_USD_MICROS = usdMicrosFromUsd(TOP_UP_MIN_USD)

/** The account's balance with what a workspace's has besides: the same figures as `*_cents`. */
export function describeWorkspaceBalance(balance: BalanceBody): WorkspaceBalanceBody {
  const effective = usdMicrosFromCents(balance.effective_balance_micros ?? balance.amount_micros)
  return {
    ...balance,
    amount_cents: balance.amount_micros,
    prepaid_balance_cents: balance.prepaid_balance_micros,
    cloud_credit_balance_cents: balance.cloud_credit_balance_micros,
    pending_charges_cents: balance.pending_charges_micros,
    effective_balance_cents: balance.effective_balance_micros,
    low_balance: effective < LOW_USD_MICROS,
    suggested_topup_amount_cents: suggestedTopUpCents(effective),
  }
}

/** The smallest preset that ends the shortage, in whole cents; null when there is none. */
function suggestedTopUpCents(effectiveUsdMicros: number): number | null {
  if (effectiveUsdMicros >= LOW_USD_MICROS) return null
  const presets = TOP_UP_PRESETS_USD.map(usdMicrosFromUsd)
  const enough = presets.find((preset) => effectiveUsdMicros + preset >= LOW_USD_MICROS)
  return centsFromUsdMicros(enough ?? Math.max(...presets))
}
