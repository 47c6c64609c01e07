import type { Stripe } from 'stripe'
import type { Account } from '../database/schema.ts'
import { askStripe, idOf } from './stripe.ts'

export interface SavedCard {
  /** Stripe's id of the payment method. */
  readonly id: string
  readonly brand: string | null
  readonly last4: string | null
  /** The card that is charged. */
  readonly isDefault: boolean
}

/**
 * The account's cards at Stripe. The first is charged: the one chosen in the portal, or else the
 * newest. A payment page saves cards without making one the default.
 * https://docs.stripe.com/payments/checkout/save-during-payment
 */
export async function savedCards(stripe: Stripe, account: Account): Promise<SavedCard[]> {
  const customerId = account.stripeCustomerId
  if (customerId === null) return []
  const [customer, methods] = await Promise.all([
    askStripe(() => stripe.customers.retrieve(customerId)),
    askStripe(() => stripe.customers.listPaymentMethods(customerId, { type: 'card', limit: 20 })),
  ])
  if (customer.deleted) return []
  const chosen = idOf(customer.invoice_settings.default_payment_method)
  const first = methods.data.find(({ id }) => id === chosen) ?? methods.data[0]
  const others = methods.data.filter((method) => method !== first)
  return [...(first ? [first] : []), ...others].map((method) => ({
    id: method.id,
    brand: method.card?.brand ?? null,
    last4: method.card?.last4 ?? null,
    isDefault: method === first,
  }))
}
