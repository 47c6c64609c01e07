import { StripeApiError } from './errors.ts'
import {
  cardObject,
  chargeObject,
  customerObject,
  lineItemObjects,
  paymentIntentObject,
  productObject,
} from './objects.ts'
import type { StripeWorld } from './world.ts'

type StripeObject = Record<string, unknown>

function isObject(value: unknown): value is StripeObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object behind an id that stands in a field of another object. */
function lookUp(id: string, world: StripeWorld): StripeObject | undefined {
  const { customers, paymentIntents, charges, products, cards } = world.state
  const customer = customers[id]
  if (customer) return customerObject(customer)
  const intent = paymentIntents[id]
  if (intent) return paymentIntentObject(intent, world)
  const charge = charges[id]
  if (charge) return chargeObject(charge, world)
  const product = products[id]
  if (product) return productObject(product)
  const card = cards[id]
  if (card) return cardObject(card)
  return undefined
}

function expandField(holder: StripeObject, field: string, world: StripeWorld): unknown {
  if (holder.object === 'checkout.session' && field === 'line_items') {
    const session = world.state.sessions[String(holder.id)]
    return (
      session &&
      listOf(
        lineItemObjects(session, world.state),
        `/v1/checkout/sessions/${session.id}/line_items`,
      )
    )
  }
  const value = holder[field]
  return typeof value === 'string' ? lookUp(value, world) : value
}

/**
 * Puts whole objects where `expand[]` asks for them, in place: `payment_intent.latest_charge`,
 * `line_items`, `data.customer`. See https://docs.stripe.com/api/expanding_objects.
 */
export function expand(target: unknown, path: readonly string[], world: StripeWorld): void {
  const [field, ...rest] = path
  if (field === undefined || target === null) return
  if (Array.isArray(target)) {
    for (const item of target) expand(item, path, world)
    return
  }
  const expanded =
    isObject(target) && field in withExpandable(target)
      ? expandField(target, field, world)
      : undefined
  if (!isObject(target) || expanded === undefined) {
    throw new StripeApiError(`This property cannot be expanded (${field}).`, { param: 'expand' })
  }
  target[field] = expanded
  expand(expanded, rest, world)
}

/** `line_items` is left out of a session until it is asked for. */
function withExpandable(target: StripeObject): StripeObject {
  return target.object === 'checkout.session' ? { line_items: null, ...target } : target
}

export function listOf(data: StripeObject[], url: string, hasMore = false): StripeObject {
  return { object: 'list', data, has_more: hasMore, url }
}
