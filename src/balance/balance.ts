import { isUsdMicros, usdMicrosFromCents } from '@comfyui-credits/contract/money'
import { features, type BalanceBody, type Feature } from '@comfyui-credits/contract/schemas'
import { ApiError } from '../api/port.ts'

/** A balance in our unit, integer micro-USD; what the API does not say is null. */
export interface Balance {
  /** What can be spent: the API's effective balance where it gives one. May be negative. */
  readonly availableUsdMicros: number
  readonly prepaidUsdMicros: number | null
  readonly monthlyUsdMicros: number | null
  readonly pendingUsdMicros: number | null
  readonly features: ReadonlySet<Feature>
}

/**
 * Throws an ApiError `unreadable` for another currency, whose figure would be shown as dollars, and
 * for a number that cannot be an amount of money.
 */
export function readBalance(body: BalanceBody): Balance {
  if (body.currency.toLowerCase() !== 'usd') {
    throw new ApiError('unreadable', `The balance is in ${body.currency}, not in US dollars`)
  }
  return {
    availableUsdMicros: readUsdMicros(body.effective_balance_micros ?? body.amount_micros),
    prepaidUsdMicros: optionalUsdMicros(body.prepaid_balance_micros),
    monthlyUsdMicros: optionalUsdMicros(body.cloud_credit_balance_micros),
    pendingUsdMicros: optionalUsdMicros(body.pending_charges_micros),
    features: new Set(features.filter((feature) => body.features?.includes(feature))),
  }
}

function optionalUsdMicros(cents: number | null | undefined): number | null {
  return cents === null || cents === undefined ? null : readUsdMicros(cents)
}

function readUsdMicros(cents: number): number {
  const usdMicros = usdMicrosFromCents(cents)
  if (!isUsdMicros(usdMicros)) {
    throw new ApiError(
      'unreadable',
      `The balance answer holds ${cents}, which is no amount of money`,
    )
  }
  // Not -0.
  return usdMicros || 0
}
