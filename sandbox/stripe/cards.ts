import * as z from 'zod'
import { endpoint, nothing } from './endpoint.ts'
import { StripeApiError } from './errors.ts'
import { findCard, findCustomer } from './find.ts'
import { page, pageParams } from './list.ts'
import { cardObject } from './objects.ts'
import type { SavedCard } from './state.ts'
import { newId, nowSeconds, type StripeWorld } from './world.ts'

/** What a card shows, and what it does when charged without its holder. */
export type CardLook = Pick<SavedCard, 'brand' | 'last4' | 'behaviour'>

const visa = (last4: string, behaviour: SavedCard['behaviour'] = 'pays'): CardLook => ({
  brand: 'visa',
  last4,
  behaviour,
})

/** Test numbers as Stripe documents them (https://docs.stripe.com/testing). */
const cardsByNumber: Readonly<Record<string, CardLook>> = {
  '4242424242424242': visa('4242'),
  '5555555555554444': { brand: 'mastercard', last4: '4444', behaviour: 'pays' },
  '378282246310005': { brand: 'amex', last4: '0005', behaviour: 'pays' },
  // Can be saved, but later charges fail.
  '4000000000000341': visa('0341', 'declines'),
  '4000002760003184': visa('3184', 'asks_for_holder'),
}

/** The same cards, as payment methods that can be attached to any customer. */
const testMethods: Readonly<Record<string, CardLook>> = {
  pm_card_visa: visa('4242'),
  pm_card_mastercard: { brand: 'mastercard', last4: '4444', behaviour: 'pays' },
  pm_card_chargeCustomerFail: visa('0341', 'declines'),
  pm_card_authenticationRequired: visa('3184', 'asks_for_holder'),
}

/** The card of a test number, or null for a number that is not one. */
export function knownCard(digits: string): CardLook | null {
  return cardsByNumber[digits] ?? null
}

export function keepCard(world: StripeWorld, look: CardLook, customer: string): SavedCard {
  const card: SavedCard = { id: newId('pm'), created: nowSeconds(world), customer, ...look }
  world.state.cards[card.id] = card
  return card
}

export function cardsOf(world: StripeWorld, customer: string): SavedCard[] {
  return Object.values(world.state.cards).filter((card) => card.customer === customer)
}

function attach(world: StripeWorld, id: string, customer: string): SavedCard {
  const template = testMethods[id]
  if (template !== undefined) return keepCard(world, template, customer)
  const card = findCard(world, id)
  if (card.customer === customer) return card
  throw new StripeApiError(
    card.customer === null
      ? 'This PaymentMethod was previously detached from a Customer. It can not be used again.'
      : 'The payment method you provided has already been attached to a customer.',
    { code: 'payment_method_unexpected_state' },
  )
}

function detach(world: StripeWorld, card: SavedCard): void {
  const customer = card.customer === null ? undefined : world.state.customers[card.customer]
  if (customer?.defaultCard === card.id) customer.defaultCard = null
  card.customer = null
}

export const cardEndpoints = [
  endpoint({
    method: 'GET',
    path: '/v1/customers/:id/payment_methods',
    params: z.strictObject({ ...pageParams, type: z.literal('card').optional() }),
    run({ params, id, world }) {
      const rows = cardsOf(world, findCustomer(world, id, 'customer').id)
      return page(rows, params, cardObject, `/v1/customers/${id}/payment_methods`)
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_methods/:id',
    params: nothing,
    run: ({ id, world }) => cardObject(findCard(world, id)),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/payment_methods/:id/attach',
    params: z.strictObject({ customer: z.string() }),
    run: ({ params, id, world }) =>
      cardObject(attach(world, id, findCustomer(world, params.customer, 'customer').id)),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/payment_methods/:id/detach',
    params: nothing,
    run({ id, world }) {
      const card = findCard(world, id)
      detach(world, card)
      return cardObject(card)
    },
  }),
]
