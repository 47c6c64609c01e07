import * as z from 'zod'

/** What the partner did for a call, as its journal has it. */
export const workSchema = z.object({
  /** The call's, by the service: its hold's id. */
  key: z.string(),
  path: z.string(),
  /** What the partner bills for it. */
  usdMicros: z.number(),
  answer: z.looseObject({}),
})
export type Work = z.infer<typeof workSchema>
