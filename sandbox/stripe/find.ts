import { missing } from './errors.ts'
import type { State } from './state.ts'
import type { StripeWorld } from './world.ts'

/** Returns the object of an id, or throws Stripe's error, which names the id's parameter. */
function finder<T>(of: (state: State) => Record<string, T>, kind: string, usualParam = 'id') {
  return ({ state }: StripeWorld, id: string, param = usualParam): T => {
    const found = of(state)[id]
    if (found === undefined) throw missing(kind, id, param)
    return found
  }
}

export const findCard = finder(({ cards }) => cards, 'PaymentMethod', 'payment_method')
export const findCharge = finder(({ charges }) => charges, 'charge')
export const findCustomer = finder(({ customers }) => customers, 'customer')
export const findDispute = finder(({ disputes }) => disputes, 'dispute', 'dispute')
export const findEvent = finder(({ events }) => events, 'event')
export const findIntent = finder((state) => state.paymentIntents, 'payment_intent', 'intent')
export const findPrice = finder(({ prices }) => prices, 'price')
export const findProduct = finder(({ products }) => products, 'product')
export const findRefund = finder(({ refunds }) => refunds, 'refund')
export const findSession = finder(({ sessions }) => sessions, 'checkout.session', 'session')
