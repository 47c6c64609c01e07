import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import type { AppEnv } from '../http/app-env.ts'
import { readText } from '../http/read-body.ts'
import { receiveEvent } from './inbox.ts'
import { readStripeEvent } from './webhook.ts'

/** Several times what Stripe's events have. */
const MAX_EVENT_BYTES = 512 * 1024

/** Answers 200 once the event is stored. Stripe retries after any other answer. */
export function webhookRoutes(deps: Deps): Hono<AppEnv> {
  return new Hono<AppEnv>().post('/webhooks/stripe', async (c) => {
    const body = await readText(c, MAX_EVENT_BYTES)
    const event = await readStripeEvent(deps.stripe, {
      body,
      signature: c.req.header('Stripe-Signature'),
      secret: deps.stripeWebhookSecret,
    })
    await receiveEvent({ ...deps, livemode: deps.stripeLivemode }, event, body)
    return c.json({ received: true })
  })
}
