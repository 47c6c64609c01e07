import type { ZodMiniType } from 'zod/mini'
import * as z from 'zod'
import { ServiceError } from '../errors.ts'
import type { AppContext } from './app-env.ts'
import { readJson } from './read-body.ts'

/** Of our own calls: an amount, an address, a key. */
const MAX_BODY_BYTES = 64 * 1024

/** The JSON body, checked; an absent body counts as `{}`. */
export async function readBody<T>(c: AppContext, schema: ZodMiniType<T>): Promise<T> {
  return check(schema, (await readJson(c, MAX_BODY_BYTES)) ?? {}, 'The body')
}

/** The query, checked. */
export function readQuery<T>(c: AppContext, schema: ZodMiniType<T>): T {
  return check(schema, c.req.query(), 'The query')
}

function check<T>(schema: ZodMiniType<T>, value: unknown, what: string): T {
  const result = z.safeParse(schema, value)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => {
    const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
    return where + issue.message
  })
  throw new ServiceError('bad-request', `${what} does not fit: ${faults.join('; ')}.`)
}
