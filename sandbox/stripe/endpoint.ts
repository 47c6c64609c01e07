import * as z from 'zod'
import { StripeApiError, invalidParams } from './errors.ts'
import { expand, listOf } from './expand.ts'
import type { StripeWorld } from './world.ts'

type StripeObject = Record<string, unknown>

interface Call<Params> {
  readonly params: Params
  /** The `:id` of the path; empty where the path has none. */
  readonly id: string
  readonly world: StripeWorld
}

export interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Answers parsed but unchecked parameters, or throws a StripeApiError. */
  readonly answer: (call: Call<Record<string, unknown>>) => StripeObject
}

/** Every call of Stripe's API may ask for expansion. */
const expandSchema = z.array(z.string()).max(20).default([])

/** An endpoint whose parameters are checked as strictly as Stripe does: unknown ones are refused. */
export function endpoint<Schema extends z.ZodType>(definition: {
  method: Endpoint['method']
  path: string
  params: Schema
  run: (call: Call<z.output<Schema>>) => StripeObject
}): Endpoint {
  const { method, path, params: schema, run } = definition
  return {
    method,
    path,
    answer({ params: { expand: wanted, ...rest }, id, world }) {
      const paths = parse(z.object({ expand: expandSchema }), { expand: wanted }).expand
      const object = run({ params: parse(schema, rest), id, world })
      for (const dotted of paths) expand(object, dotted.split('.'), world)
      return object
    },
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  throw invalidParams(result.error)
}

/** Form values are text; Stripe takes integers in decimal only. */
export const integer = z
  .string()
  .regex(/^-?\d{1,15}$/, 'Invalid integer')
  .transform(Number)

export const metadataSchema = z.record(z.string().max(40), z.string().max(500)).default({})

export const nothing = z.strictObject({})

export const pageParams = {
  limit: integer.pipe(z.int().min(1).max(100)).default(10),
  starting_after: z.string().optional(),
  ending_before: z.string().optional(),
}

/** `created[gte]` and the like, in epoch seconds. */
export const createdParam = z
  .strictObject({ gte: integer.optional(), lte: integer.optional() })
  .default({})

export function isCreated(
  { created }: { created: number },
  { gte = 0, lte = Infinity }: z.infer<typeof createdParam>,
): boolean {
  return created >= gte && created <= lte
}

/** A page of Stripe's lists, newest first; `rows` come oldest first. */
export function page<Row extends { id: string }>(
  rows: readonly Row[],
  query: { limit: number; starting_after?: string | undefined; ending_before?: string | undefined },
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
