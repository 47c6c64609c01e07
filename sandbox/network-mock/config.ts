import * as z from 'zod/mini'

/** `/sandbox/config.json`, which the host server writes for its page. */
const configSchema = z.object({
  /** How this browser reaches the stand-in for Google's login, and the credits service. */
  identityUrl: z.url(),
  creditsUrl: z.url(),
  /** Where Stripe.js comes from; without it, no Stripe.js. */
  stripeJsUrl: z.optional(z.url()),
  contract: z.enum(['extended', 'plain']),
  frontendVersion: z.string(),
})
export type NetworkMockConfig = z.infer<typeof configSchema>

export async function fetchConfig(): Promise<NetworkMockConfig> {
  const response = await fetch('/sandbox/config.json')
  if (!response.ok) throw new Error(`The sandbox's settings could not be read: ${response.status}.`)
  return configSchema.parse(await response.json())
}
