import * as z from 'zod'
import { endpoint, metadataSchema, nothing } from './endpoint.ts'
import { missing } from './errors.ts'
import { findCustomer } from './find.ts'
import { customerObject, portalObject } from './objects.ts'
import type { Customer } from './state.ts'
import { newId, nowSeconds, type StripeWorld } from './world.ts'

export function addCustomer(
  world: StripeWorld,
  fields: Partial<Pick<Customer, 'email' | 'name' | 'description' | 'metadata'>>,
): Customer {
  const customer: Customer = {
    id: newId('cus'),
    created: nowSeconds(world),
    email: null,
    name: null,
    description: null,
    metadata: {},
    defaultCard: null,
    ...fields,
  }
  world.state.customers[customer.id] = customer
  return customer
}

const customerFields = {
  email: z.string().max(512).optional(),
  name: z.string().max(256).optional(),
  description: z.string().max(5000).optional(),
}

const createParams = z.strictObject({ ...customerFields, metadata: metadataSchema })

const updateParams = z.strictObject({
  ...customerFields,
  metadata: metadataSchema.optional(),
  invoice_settings: z.strictObject({ default_payment_method: z.string() }).optional(),
})

function updateCustomer(
  world: StripeWorld,
  customer: Customer,
  params: z.infer<typeof updateParams>,
): void {
  const card = params.invoice_settings?.default_payment_method
  if (card !== undefined && card !== '' && world.state.cards[card]?.customer !== customer.id) {
    throw missing('PaymentMethod', card, 'invoice_settings[default_payment_method]')
  }
  customer.email = params.email ?? customer.email
  customer.name = params.name ?? customer.name
  customer.description = params.description ?? customer.description
  customer.metadata = { ...customer.metadata, ...params.metadata }
  // An empty value takes a setting back, as everywhere at Stripe.
  if (card !== undefined) customer.defaultCard = card === '' ? null : card
}

export const customerEndpoints = [
  endpoint({
    method: 'POST',
    path: '/v1/customers',
    params: createParams,
    run: ({ params, world }) =>
      customerObject(
        addCustomer(world, {
          email: params.email ?? null,
          name: params.name ?? null,
          description: params.description ?? null,
          metadata: params.metadata,
        }),
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/customers/:id',
    params: nothing,
    run: ({ id, world }) => customerObject(findCustomer(world, id, 'id')),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/customers/:id',
    params: updateParams,
    run({ params, id, world }) {
      const customer = findCustomer(world, id, 'id')
      updateCustomer(world, customer, params)
      return customerObject(customer)
    },
  }),
  endpoint({
    method: 'POST',
    path: '/v1/billing_portal/sessions',
    params: z.strictObject({ customer: z.string(), return_url: z.url().optional() }),
    run({ params, world }) {
      const portal = {
        id: newId('bps'),
        created: nowSeconds(world),
        customer: findCustomer(world, params.customer, 'customer').id,
        returnUrl: params.return_url ?? null,
      }
      world.state.portals[portal.id] = portal
      return portalObject(portal, world)
    },
  }),
]
