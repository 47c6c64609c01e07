import * as z from 'zod'
import { endpoint, integer, type Endpoint, type StripeObject } from './endpoint.ts'
import { StripeApiError } from './errors.ts'
import { listOf } from './expand.ts'
import type { State } from './state.ts'
import type { StripeWorld } from './world.ts'

export const pageParams = {
  limit: integer.pipe(z.int().min(1).max(100)).default(10),
  starting_after: z.string().optional(),
  ending_before: z.string().optional(),
}
type PageQuery = z.infer<z.ZodObject<typeof pageParams>>

/** `created[gte]` and the like, in epoch seconds. */
const createdParam = z
  .strictObject({ gte: integer.optional(), lte: integer.optional() })
  .default({})

/** The parameters that all of Stripe's lists take, beside their own filters. */
export const listParams = { ...pageParams, created: createdParam }
type ListQuery = z.infer<z.ZodObject<typeof listParams>>

interface Listed {
  readonly id: string
  readonly created: number
}

/** The endpoint that lists everything of a kind. */
export function listEndpoint<Row extends Listed, Schema extends z.ZodType<ListQuery>>(definition: {
  path: string
  params: Schema
  rows: (state: State) => Record<string, Row>
  /** Whether the kind's own filters let it through. */
  wanted: (row: Row, query: z.output<Schema>) => boolean
  render: (row: Row, world: StripeWorld) => StripeObject
}): Endpoint {
  const { path, params: schema, rows, wanted, render } = definition
  return endpoint({
    method: 'GET',
    path,
    params: schema,
    run({ params, world }) {
      const { gte = 0, lte = Infinity } = params.created
      const found = Object.values(rows(world.state)).filter(
        (row) => row.created >= gte && row.created <= lte && wanted(row, params),
      )
      return page(found, params, (row) => render(row, world), path)
    },
  })
}

/** A filter that is not given matches everything. */
export function isWanted<T>(wanted: T | undefined, value: T): boolean {
  return wanted === undefined || wanted === value
}

/** A page of Stripe's lists, newest first; `rows` come oldest first. */
export function page<Row extends { id: string }>(
  rows: readonly Row[],
  query: PageQuery,
  render: (row: Row) => StripeObject,
  url: string,
): StripeObject {
  const newestFirst = rows.toReversed()
  const position = (id: string, param: string) => {
    const index = newestFirst.findIndex((row) => row.id === id)
    if (index < 0)
      throw new StripeApiError(`No such object: '${id}'`, { param, code: 'resource_missing' })
    return index
  }
  if (query.ending_before !== undefined) {
    const end = position(query.ending_before, 'ending_before')
    const start = Math.max(0, end - query.limit)
    return listOf(newestFirst.slice(start, end).map(render), url, start > 0)
  }
  const start =
    query.starting_after === undefined ? 0 : position(query.starting_after, 'starting_after') + 1
  const end = start + query.limit
  return listOf(newestFirst.slice(start, end).map(render), url, end < newestFirst.length)
}
