import * as z from 'zod/mini'

/**
 * What the return page tells the other tabs. Anybody on this origin can send it, so it is a hint:
 * it makes us ask the account, and is never believed.
 */
export const returnMessageSchema = z.object({
  kind: z.literal('checkout-returned'),
  /** Of the purchase that came back; null when the address does not say. */
  attempt: z.nullable(z.string()),
  outcome: z.enum(['success', 'cancelled']),
})
export type ReturnMessage = z.infer<typeof returnMessageSchema>
