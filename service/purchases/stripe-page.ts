import { isFitAddress } from '../addresses.ts'
import { ServiceError } from '../errors.ts'

/** A page of Stripe's to send a person to. Throws `payment-provider-failed` for an unfit address. */
export function stripePage(address: string, publicUrl: string): string {
  if (isFitAddress(address, publicUrl)) return address
  throw new ServiceError(
    'payment-provider-failed',
    'The payment page cannot be opened: its address is not safe. Nothing was charged.',
  )
}

/** The same where the answer can do without. */
export function optionalStripePage(
  address: string | null | undefined,
  publicUrl: string,
): string | null {
  return address && isFitAddress(address, publicUrl) ? address : null
}
