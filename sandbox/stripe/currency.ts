import * as z from 'zod'

/**
 * Currencies the stand-in takes, with Stripe's smallest charge in minor units
 * (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
 */
const minimumMinor: Readonly<Record<string, number>> = { usd: 50, eur: 50, gbp: 30, jpy: 50 }

export const MAXIMUM_MINOR = 99_999_999

export const currencySchema = z
  .string()
  .toLowerCase()
  .refine((code) => code in minimumMinor, 'Invalid currency')

export function smallestCharge(currency: string): number {
  return minimumMinor[currency] ?? 0
}

/** `$25.00`; the number of decimals is the currency's own. */
export function formatMinor(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency })
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(amountMinor / 10 ** decimals)
}
