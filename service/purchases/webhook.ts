import { Stripe } from 'stripe'
import * as z from 'zod'
import { isStorable } from '../database/storable.ts'
import { ServiceError } from '../errors.ts'

const name = z.string().min(1).max(255).refine(isStorable)
/** Seconds until the year 10000, beyond which the database has no dates of ours. */
const LAST_SECOND = 253_402_300_799

/** What the inbox stores an event by. What its object means, its handler reads. */
const eventSchema = z.looseObject({
  id: name,
  type: name,
  created: z.number().int().min(0).max(LAST_SECOND),
  livemode: z.boolean(),
  data: z.looseObject({
    object: z.looseObject({
      id: name.optional(),
      payment_intent: z.union([name, z.looseObject({ id: name })]).nullish(),
    }),
  }),
})

/**
 * Verifies that the body, byte for byte, comes from Stripe, and is recent. Throws
 * `webhook-signature-invalid`, and `bad-request` for what is signed and no event.
 */
export async function readStripeEvent(
  stripe: Stripe,
  delivery: { body: string; signature: string | undefined; secret: string },
): Promise<Stripe.Event> {
  const event = await verified(stripe, delivery)
  const read = eventSchema.safeParse(event)
  if (read.success) return event
  throw noEvent(read.error)
}

function noEvent(cause: unknown): ServiceError {
  return new ServiceError('bad-request', 'This is signed, and no event that is read here.', {
    cause,
  })
}

async function verified(
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
    if (unsigned || error instanceof SyntaxError) {
      throw new ServiceError('webhook-signature-invalid', 'The signature does not fit the body.', {
        cause: error,
      })
    }
    // Stripe's library reads no event of its newer kind here, though it is signed.
    throw noEvent(error)
  }
}
