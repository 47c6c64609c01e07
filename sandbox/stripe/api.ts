import type { EmulatorContext } from 'emulate'
import qs from 'qs'
import { cardEndpoints } from './cards.ts'
import { catalogEndpoints } from './catalog.ts'
import { checkoutEndpoints } from './checkout.ts'
import { customerEndpoints } from './customers.ts'
import type { Endpoint } from './endpoint.ts'
import { StripeApiError } from './errors.ts'
import { intentEndpoints } from './intents.ts'
import { paymentEndpoints } from './payments-api.ts'
import { reversalEndpoints } from './reversals.ts'
import type { State } from './state.ts'
import { newId, type StripeWorld } from './world.ts'

const DAY_MS = 86_400_000

const endpoints: readonly Endpoint[] = [
  ...customerEndpoints,
  ...cardEndpoints,
  ...catalogEndpoints,
  ...checkoutEndpoints,
  ...intentEndpoints,
  ...paymentEndpoints,
  ...reversalEndpoints,
]

/** Stripe's REST API under /v1: authentication, forms, idempotency and errors as Stripe has them. */
export function mountApi(
  app: EmulatorContext<State>['app'],
  world: StripeWorld,
  apiKey: string,
): void {
  for (const endpoint of endpoints) {
    app.on(endpoint.method, endpoint.path, async ({ req }) =>
      respond(() =>
        answer(
          endpoint,
          req.raw,
          endpoint.path.includes(':id') ? req.param('id') : '',
          world,
          apiKey,
        ),
      ),
    )
  }
}

export function unknownUrl(request: Request): Response {
  const { pathname } = new URL(request.url)
  return toResponse(
    new StripeApiError(
      `Unrecognized request URL (${request.method}: ${pathname}). The sandbox plays only a part of Stripe: see sandbox/stripe/README.md.`,
      { status: 404 },
    ),
  )
}

async function respond(run: () => Promise<Response>): Promise<Response> {
  const response = await run().catch((error: unknown) => {
    if (error instanceof StripeApiError) return toResponse(error)
    throw error
  })
  response.headers.set('Request-Id', newId('req'))
  return response
}

function toResponse(error: StripeApiError): Response {
  return Response.json(error.body(), { status: error.status })
}

async function answer(
  endpoint: Endpoint,
  request: Request,
  id: string,
  world: StripeWorld,
  apiKey: string,
): Promise<Response> {
  checkKey(request, apiKey)
  const url = new URL(request.url)
  const form = request.method === 'POST' ? await request.text() : url.search.slice(1)
  const run = () => endpoint.answer({ params: parseForm(form), id, world })
  const key = request.method === 'POST' ? request.headers.get('Idempotency-Key') : null
  if (key === null) return Response.json(run())
  return once(world, key, `${url.pathname} ${form}`, run)
}

function jsonText({ body, status }: Remembered, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { 'Content-Type': 'application/json', ...headers } })
}

/** `line_items[0][price_data][currency]=usd` and the like. */
function parseForm(form: string): Record<string, unknown> {
  return qs.parse(form, { depth: 8, arrayLimit: 100, parameterLimit: 1_000 })
}

function checkKey(request: Request, apiKey: string): void {
  const header = request.headers.get('Authorization') ?? ''
  if (header === `Bearer ${apiKey}`) return
  const [, given] = /^Bearer (.+)$/.exec(header) ?? []
  throw new StripeApiError(
    given === undefined
      ? 'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth.'
      : 'Invalid API Key provided.',
    { status: 401 },
  )
}

type Remembered = Pick<State['rememberedAnswers'][string], 'body' | 'status'>

/**
 * For a day, a repeated idempotency key gets the first answer again: a success, or a refused card. Like
 * Stripe, it forgets a key whose parameters it refused.
 * See https://docs.stripe.com/api/idempotent_requests.
 */
function once(
  world: StripeWorld,
  key: string,
  fingerprint: string,
  run: () => Record<string, unknown>,
): Response {
  const { rememberedAnswers } = world.state
  forgetOldAnswers(world)
  const remembered = rememberedAnswers[key]
  if (remembered === undefined) {
    const first = carryOut(run)
    rememberedAnswers[key] = { fingerprint, ...first, createdMs: world.now() }
    return jsonText(first)
  }
  if (remembered.fingerprint !== fingerprint) {
    throw new StripeApiError(
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      { type: 'idempotency_error' },
    )
  }
  return jsonText(remembered, { 'Idempotent-Replayed': 'true' })
}

function carryOut(run: () => Record<string, unknown>): Remembered {
  try {
    return { body: JSON.stringify(run()), status: 200 }
  } catch (error) {
    if (!(error instanceof StripeApiError) || error.fields.type !== 'card_error') throw error
    return { body: JSON.stringify(error.body()), status: error.status }
  }
}

function forgetOldAnswers({ state, now }: StripeWorld): void {
  for (const [key, { createdMs }] of Object.entries(state.rememberedAnswers)) {
    if (createdMs + DAY_MS < now()) delete state.rememberedAnswers[key]
  }
}
