import * as z from 'zod'
import { invalidParams } from './errors.ts'
import { expand } from './expand.ts'
import type { StripeWorld } from './world.ts'

export type StripeObject = Record<string, unknown>

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
