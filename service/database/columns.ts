import { customType } from 'drizzle-orm/pg-core'

/**
 * int8 and sum() arrive as strings, from PGlite and from `pg` alike. JavaScript counts exactly up
 * to 2^53 − 1 only, so a larger figure is refused rather than rounded.
 */
export function safeInteger(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw new TypeError(`The database gave ${String(value)} where a safe integer was expected.`)
  }
  return number
}

/** Integer micro-USD: about ±9 billion dollars fit. */
export const usdMicros = customType<{ data: number; driverData: string | number }>({
  dataType: () => 'bigint',
  fromDriver: safeInteger,
})

/** A position in a sequence. */
export const position = customType<{ data: number; driverData: string | number }>({
  dataType: () => 'bigint',
  fromDriver: safeInteger,
})

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether a text that somebody sent can be compared with an id; PostgreSQL refuses any other. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}
