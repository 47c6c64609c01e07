import * as z from 'zod'

const resultSchema = z.object({ rows: z.array(z.record(z.string(), z.unknown())) })

/** Of a statement in SQL. Both engines answer with `rows`; drizzle's common type does not say so. */
export function firstRow(result: unknown): Record<string, unknown> | undefined {
  return resultSchema.parse(result).rows[0]
}
