import * as z from 'zod'
import { endpoint, nothing, page, pageParams } from './endpoint.ts'
import { missing } from './errors.ts'
import { chargeObject } from './objects.ts'

/** What a payment left behind; read only, for sessions and receipts to point to. */
export const paymentEndpoints = [
  endpoint({
    method: 'GET',
    path: '/v1/charges/:id',
    params: nothing,
    run({ id, world }) {
      const charge = world.state.charges[id]
      if (charge === undefined) throw missing('charge', id)
      return chargeObject(charge, world)
    },
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
    params: z.strictObject({ ...pageParams, type: z.string().optional() }),
    run({ params, world }) {
      const rows = Object.values(world.state.events).filter(
        (event) => params.type === undefined || event.type === params.type,
      )
      return page(rows, params, (row) => row.body, '/v1/events')
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/events/:id',
    params: nothing,
    run({ id, world }) {
      const event = world.state.events[id]
      if (event === undefined) throw missing('event', id)
      return event.body
    },
  }),
]
