import * as z from 'zod/mini'

/**
 * One of the known values, or a newer one. A newer value is kept as it is and is never an error, so
 * code that reads one needs a branch for "something else".
 */
export function openEnum<const Known extends readonly string[]>(known: Known) {
  return z.union([z.enum(known), z.string()])
}
