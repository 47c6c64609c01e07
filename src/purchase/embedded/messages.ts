import * as z from 'zod/mini'

/** What the popup and the page that holds Stripe's tell each other, both on ComfyUI's own origin. */

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
const pageNews = ['ready', 'shown', 'completed', 'failed', 'escape'] as const
export type PageNews = (typeof pageNews)[number]

export const pageMessageSchema = z.object({
  kind: z.literal('embedded-page'),
  news: z.enum(pageNews),
})
export type PageMessage = z.infer<typeof pageMessageSchema>
