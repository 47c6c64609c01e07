import * as z from 'zod'
import { createdParam, endpoint, isCreated, nothing, page, pageParams } from './endpoint.ts'
import { findCharge, findEvent } from './find.ts'
import { chargeObject } from './objects.ts'

/** What a payment left behind; read only, for sessions and receipts to point to. */
export const paymentEndpoints = [
  endpoint({
    method: 'GET',
    path: '/v1/charges/:id',
    params: nothing,
    run: ({ id, world }) => chargeObject(findCharge(world, id), world),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/charges',
    params: z.strictObject({ ...pageParams, customer: z.string().optional() }),
    run({ params, world }) {
      const rows = Object.values(world.state.charges).filter(
        (charge) => params.customer === undefined || charge.customer === params.customer,
      )
      return page(rows, params, (row) => chargeObject(row, world), '/v1/charges')
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/events',
    params: z.strictObject({
      ...pageParams,
      created: createdParam,
      type: z.string().optional(),
      types: z.array(z.string()).max(20).optional(),
    }),
    run({ params, world }) {
      const rows = Object.values(world.state.events).filter(
        (event) =>
          isCreated(event, params.created) &&
          (params.type === undefined || event.type === params.type) &&
          (params.types === undefined || params.types.includes(event.type)),
      )
      return page(rows, params, (row) => row.body, '/v1/events')
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/events/:id',
    params: nothing,
    run: ({ id, world }) => findEvent(world, id).body,
  }),
]
