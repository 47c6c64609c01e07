import type { PaymentIntent } from './state.ts'
import { newId, nowSeconds, type StripeWorld } from './world.ts'

/** The money of an intent, taken. */
export function chargeIntent(
  world: StripeWorld,
  intent: PaymentIntent,
  payer: { cardLast4: string | null; email: string | null },
): void {
  const id = newId('ch')
  world.state.charges[id] = {
    id,
    created: nowSeconds(world),
    paymentIntent: intent.id,
    amountMinor: intent.amountMinor,
    currency: intent.currency,
    method: intent.method,
    cardLast4: payer.cardLast4,
    customer: intent.customer,
    email: payer.email,
    description: intent.description,
    metadata: intent.metadata,
  }
  intent.charge = id
  intent.status = 'succeeded'
}
