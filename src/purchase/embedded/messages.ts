import * as z from 'zod/mini'

/** The messages between the popup and the page that holds Stripe's form, both on ComfyUI's own origin. */

/** To the page, once it is `ready`. */
export interface PayMessage {
  readonly kind: 'embedded-pay'
  readonly publishableKey: string
  readonly clientSecret: string
}

/**
 * To the popup. `shown`: the form can be seen. `completed`: Stripe says that it was paid, which is a
 * hint, no proof. `failed`: Stripe.js did not come, or did not take our order.
 */
const pageEvents = ['ready', 'shown', 'completed', 'failed', 'escape'] as const
export type PageEvent = (typeof pageEvents)[number]

export const pageMessageSchema = z.object({
  kind: z.literal('embedded-page'),
  news: z.enum(pageEvents),
})
export type PageMessage = z.infer<typeof pageMessageSchema>
