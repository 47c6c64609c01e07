import { Stripe } from 'stripe'
import { ServiceError } from '../errors.ts'

/** Verifies that the body, byte for byte, comes from Stripe, and is recent. */
export async function readStripeEvent(
  stripe: Stripe,
  delivery: { body: string; signature: string | undefined; secret: string },
): Promise<Stripe.Event> {
  try {
    return await stripe.webhooks.constructEventAsync(
      delivery.body,
      delivery.signature ?? '',
      delivery.secret,
    )
  } catch (error) {
    const unsigned = error instanceof Stripe.errors.StripeSignatureVerificationError
    if (!unsigned && !(error instanceof SyntaxError)) throw error
    throw new ServiceError('webhook-signature-invalid', 'The signature does not fit the body.', {
      cause: error,
    })
  }
}
