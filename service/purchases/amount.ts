import {
  TOP_UP_MAX_USD,
  TOP_UP_MIN_USD,
  TOP_UP_STEPS_USD_MICROS,
} from '@comfyui-credits/contract/top-up-amounts'
import { isUsdMicros, usdMicrosFromCents, usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { ServiceError } from '../errors.ts'
import type { ContractMode } from '../settings.ts'

/** Throws `amount-out-of-bounds` for an amount that is not sold. */
export function checkAmount(usdMicros: number, contract: ContractMode): void {
  const step = TOP_UP_STEPS_USD_MICROS[contract === 'plain' ? 'dollars' : 'cents']
  const usable =
    usdMicros >= usdMicrosFromUsd(TOP_UP_MIN_USD) &&
    usdMicros <= usdMicrosFromUsd(TOP_UP_MAX_USD) &&
    usdMicros % step === 0
  if (usable) return
  const steps = contract === 'plain' ? 'whole dollars' : 'whole cents'
  throw new ServiceError(
    'amount-out-of-bounds',
    `A top-up is ${TOP_UP_MIN_USD} to ${TOP_UP_MAX_USD} US dollars, in ${steps}.`,
  )
}

/**
 * What an event of Stripe says was paid or went back, as micro-USD. Null for what cannot be counted:
 * another currency than dollars, or no whole number of cents from 0 on. A retry would not help then.
 */
export function usdMicrosOf({
  cents,
  currency,
}: {
  readonly cents: unknown
  readonly currency: string | null
}): number | null {
  if (currency !== 'usd' || !Number.isInteger(cents)) return null
  const usdMicros = usdMicrosFromCents(Number(cents))
  return usdMicros >= 0 && isUsdMicros(usdMicros) ? usdMicros : null
}
