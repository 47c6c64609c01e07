import * as z from 'zod/mini'

/** No control characters, of which PostgreSQL refuses one and lists show none. */
export const keyName = z
  .string()
  .check(z.trim(), z.minLength(1), z.maxLength(100), z.regex(/^\P{C}*$/u))
