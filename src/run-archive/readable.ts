import * as z from 'zod/mini'

/** Those of a list that can be read, of its first `most`: what is beyond is not even looked at. */
export function readable<S extends z.ZodMiniType>(item: S, most: number) {
  return z.pipe(
    z.array(z.unknown()),
    z.transform((items: unknown[]): z.output<S>[] =>
      items.slice(0, most).flatMap((each) => {
        const parsed = item.safeParse(each)
        return parsed.success ? [parsed.data] : []
      }),
    ),
  )
}

/** `fallback` in place of what cannot be read. */
export function orElse<S extends z.ZodMiniType, const F>(schema: S, fallback: F) {
  return z.pipe(
    z.optional(z.unknown()),
    z.transform((value: unknown): z.output<S> | F => {
      const parsed = schema.safeParse(value)
      return parsed.success ? parsed.data : fallback
    }),
  )
}
