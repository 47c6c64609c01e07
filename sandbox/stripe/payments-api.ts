import * as z from 'zod'
import { endpoint, nothing } from './endpoint.ts'
import { findCharge, findEvent } from './find.ts'
import { isWanted, listEndpoint, listParams } from './list.ts'
import { chargeObject } from './objects.ts'

/** Charges and intents, read only, for sessions and receipts to refer to. */
export const paymentEndpoints = [
  endpoint({
    method: 'GET',
    path: '/v1/charges/:id',
    params: nothing,
    run: ({ id, world }) => chargeObject(findCharge(world, id), world),
  }),
  listEndpoint({
    path: '/v1/charges',
    params: z.strictObject({ ...listParams, customer: z.string().optional() }),
    rows: ({ charges }) => charges,
    wanted: (charge, { customer }) => isWanted(customer, charge.customer),
    render: chargeObject,
  }),
  listEndpoint({
    path: '/v1/events',
    params: z.strictObject({
      ...listParams,
      type: z.string().optional(),
      types: z.array(z.string()).max(20).optional(),
    }),
    rows: ({ events }) => events,
    wanted: (event, { type, types }) =>
      isWanted(type, event.type) && (types?.includes(event.type) ?? true),
    render: ({ body }) => body,
  }),
  endpoint({
    method: 'GET',
    path: '/v1/events/:id',
    params: nothing,
    run: ({ id, world }) => findEvent(world, id).body,
  }),
]
