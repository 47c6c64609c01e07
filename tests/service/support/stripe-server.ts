import { Hono, type Context } from 'hono'
import { Stripe } from 'stripe'
import { listen } from './listen.ts'

export const WEBHOOK_SECRET = 'whsec_sandbox'

interface Session {
  id: string
  object: 'checkout.session'
  status: 'open' | 'complete' | 'expired'
  payment_status: 'paid' | 'unpaid'
  payment_intent: { id: string; object: 'payment_intent'; status: string } | null
  amount_total: number
  currency: string
  metadata: Record<string, string>
  url: string
}

interface ReceivedCall {
  readonly path: string
  readonly params: URLSearchParams
  readonly idempotencyKey: string | null
}

export interface StripeServer {
  readonly url: string
  readonly calls: ReceivedCall[]
  readonly sessions: Map<string, Session>
  /** While true every call is refused as Stripe refuses when it is ill. */
  failing: boolean
  /** Called when a session was made, before the answer leaves. */
  onSession: ((session: Session) => Promise<void>) | null
  /** A session with its fields changed, kept so. */
  change(id: string, change: Partial<Session>): Session
  close(): Promise<void>
}

/** The few calls of Stripe that the service makes, as Stripe documents them. */
export async function startStripeServer(): Promise<StripeServer> {
  const answers = new Map<string, unknown>()
  let count = 0
  const app = new Hono()

  async function answerOnce(c: Context, make: (params: URLSearchParams) => Promise<object>) {
    if (server.failing) {
      return c.json({ error: { type: 'api_error', message: 'Stripe is ill.' } }, 400)
    }
    const params = new URLSearchParams(await c.req.text())
    const idempotencyKey = c.req.header('idempotency-key') ?? null
    server.calls.push({ path: c.req.path, params, idempotencyKey })
    const earlier = idempotencyKey === null ? undefined : answers.get(idempotencyKey)
    const answer = earlier ?? make(params)
    if (idempotencyKey !== null) answers.set(idempotencyKey, answer)
    return c.json(await answer)
  }

  app.post('/v1/customers', (c) =>
    answerOnce(c, async () => ({ id: `cus_${(count += 1)}`, object: 'customer' })),
  )
  app.post('/v1/billing_portal/sessions', (c) =>
    answerOnce(c, async (params) => ({
      id: `bps_${(count += 1)}`,
      object: 'billing_portal.session',
      url: `https://billing.example.com/${params.get('customer')}`,
    })),
  )
  app.post('/v1/checkout/sessions', (c) =>
    answerOnce(c, async (params) => {
      const id = `cs_test_${(count += 1)}`
      const session: Session = {
        id,
        object: 'checkout.session',
        status: 'open',
        payment_status: 'unpaid',
        payment_intent: null,
        amount_total: Number(params.get('line_items[0][price_data][unit_amount]')),
        currency: params.get('line_items[0][price_data][currency]') ?? '',
        metadata: { purchase_id: params.get('metadata[purchase_id]') ?? '' },
        url: `https://checkout.example.com/${id}`,
      }
      server.sessions.set(id, session)
      await server.onSession?.(session)
      return session
    }),
  )
  app.get('/v1/checkout/sessions/:id', (c) => {
    const session = server.failing ? undefined : server.sessions.get(c.req.param('id'))
    return session
      ? c.json(session)
      : c.json({ error: { type: 'invalid_request_error', message: 'No such session.' } }, 404)
  })

  const listening = await listen(app.fetch)
  const server: StripeServer = {
    ...listening,
    calls: [],
    sessions: new Map(),
    failing: false,
    onSession: null,
    change(id, change) {
      const session = server.sessions.get(id)
      if (!session) throw new Error(`There is no session ${id}.`)
      return Object.assign(session, change)
    },
  }
  return server
}

export type SessionEvent =
  | 'checkout.session.completed'
  | 'checkout.session.async_payment_succeeded'
  | 'checkout.session.async_payment_failed'
  | 'checkout.session.expired'

let eventCount = 0

/** A webhook request as Stripe signs it. */
export function webhook(
  type: string,
  object: object,
  options: { secret?: string; timestampSeconds?: number } = {},
): { method: 'POST'; body: string; headers: Record<string, string> } {
  const id = `evt_${(eventCount += 1)}`
  const body = JSON.stringify({ id, object: 'event', type, data: { object } })
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: options.secret ?? WEBHOOK_SECRET,
    ...(options.timestampSeconds !== undefined && { timestamp: options.timestampSeconds }),
  })
  return { method: 'POST', body, headers: { 'Stripe-Signature': signature } }
}
