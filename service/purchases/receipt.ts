import { Stripe } from 'stripe'
import type { Logger } from 'pino'
import { optionalStripePage } from './stripe-page.ts'

/** A page polls this answer, so it must not wait long for a link. */
const PATIENCE_MS = 2_000

/**
 * The page of a payment's receipt. Fetched each time: Stripe's receipts show refunds, and their
 * addresses expire. Null while there is none, or if Stripe does not answer in time.
 * https://docs.stripe.com/api/charges/object#charge_object-receipt_url
 */
export async function receiptUrl(
  {
    stripe,
    log,
    publicUrl,
  }: { readonly stripe: Stripe; readonly log: Logger; readonly publicUrl: string },
  intentId: string | null,
): Promise<string | null> {
  if (intentId === null) return null
  try {
    const intent = await stripe.paymentIntents.retrieve(
      intentId,
      { expand: ['latest_charge'] },
      { timeout: PATIENCE_MS, maxNetworkRetries: 0 },
    )
    const charge = intent.latest_charge
    const page = typeof charge === 'object' ? charge?.receipt_url : null
    return optionalStripePage(page, publicUrl)
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error
    log.warn({ err: error, intent: intentId }, 'Stripe did not say where a receipt is.')
    return null
  }
}
