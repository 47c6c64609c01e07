import { Hono, type Context } from 'hono'
import { Stripe } from 'stripe'
import { listen } from './listen.ts'

export const WEBHOOK_SECRET = 'whsec_sandbox'
export const PUBLISHABLE_KEY = 'pk_test_sandbox'

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

interface Intent {
  metadata: Record<string, string>
  latest_charge: { id: string; receipt_url: string } | null
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
  /** Payment intents by their id: what stands beside them, and the charge of those that paid. */
  readonly intents: Map<string, Intent>
  /** While true every call is refused as Stripe refuses when it is ill. */
  failing: boolean
  /** Of the pages it opens. Stripe's own are https. */
  scheme: 'https' | 'http'
  /** Called when a session was made, before the answer leaves. */
  onSession: ((session: Session) => Promise<void>) | null
  /** Changes fields of a session, and returns it. */
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
      url: `${server.scheme}://billing.example.com/${params.get('customer')}`,
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
        metadata: metadataIn(params),
        url: `${server.scheme}://checkout.example.com/${id}`,
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

  app.get('/v1/checkout/sessions', (c) => {
    const intent = c.req.query('payment_intent')
    const data = [...server.sessions.values()].filter(
      ({ payment_intent }) => payment_intent?.id === intent,
    )
    return c.json({ object: 'list', data, has_more: false })
  })
  app.get('/v1/payment_intents/:id', (c) => {
    const intent = server.failing ? undefined : server.intents.get(c.req.param('id'))
    return intent
      ? c.json({ id: c.req.param('id'), object: 'payment_intent', ...intent })
      : c.json({ error: { type: 'invalid_request_error', message: 'No such intent.' } }, 404)
  })

  const listening = await listen(app.fetch)
  const server: StripeServer = {
    ...listening,
    calls: [],
    sessions: new Map(),
    intents: new Map(),
    failing: false,
    scheme: 'https',
    onSession: null,
    change(id, change) {
      const session = server.sessions.get(id)
      if (!session) throw new Error(`There is no session ${id}.`)
      return Object.assign(session, change)
    },
  }
  return server
}

/** `metadata[purchase_id]=…` and the like. */
function metadataIn(params: URLSearchParams): Record<string, string> {
  const pairs = [...params].flatMap(([name, value]) => {
    const [, key] = /^metadata\[(\w+)\]$/.exec(name) ?? []
    return key === undefined ? [] : [[key, value] as const]
  })
  return Object.fromEntries(pairs)
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
  change: object = {},
): { method: 'POST'; body: string; headers: Record<string, string> } {
  const id = `evt_${(eventCount += 1)}`
  const body = JSON.stringify({
    id,
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: Math.floor(Date.now() / 1_000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    ...change,
  })
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: options.secret ?? WEBHOOK_SECRET,
    ...(options.timestampSeconds !== undefined && { timestamp: options.timestampSeconds }),
  })
  return { method: 'POST', body, headers: { 'Stripe-Signature': signature } }
}
