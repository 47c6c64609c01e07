import { http, HttpResponse, type HttpHandler } from 'msw'
import type * as z from 'zod/mini'
import { customerEndpoints, type CustomerEndpoint } from '@comfyui-credits/contract/endpoints'
import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import {
  embeddedPurchaseRequestSchema,
  eventsQuerySchema,
  purchaseRequestSchema,
} from '@comfyui-credits/contract/schemas'
import type { PanelAccount } from './account.ts'

interface Question {
  readonly request: Request
  readonly parameters: Readonly<Record<string, unknown>>
}
type Body<E extends CustomerEndpoint> = z.input<(typeof customerEndpoints)[E]['response']>
export type Answers = {
  readonly [E in CustomerEndpoint]: (
    question: Question,
  ) => Body<E> | Response | Promise<Body<E> | Response>
}

const PAYMENT_PAGE = 'https://checkout.stripe.com/c/pay'

/** The credits API for the account, with every endpoint of the contract. */
export function answersOf(account: PanelAccount, paymentPage = PAYMENT_PAGE): Answers {
  return {
    createCustomer: () => ({ id: 'person' }),
    balance: () => ({
      amount_micros: centsFromUsdMicros(account.usdMicros),
      prepaid_balance_micros: centsFromUsdMicros(account.usdMicros),
      cloud_credit_balance_micros: 0,
      pending_charges_micros: 0,
      effective_balance_micros: centsFromUsdMicros(account.usdMicros),
      currency: 'usd',
      features: [...account.features],
    }),
    purchase: async ({ request }) => {
      const { amount_micros, return_url } = purchaseRequestSchema.parse(await request.json())
      const sessionId = account.open(amount_micros, return_url)
      return {
        checkout_url: `${paymentPage}/${sessionId}`,
        ...(account.features.length > 0 ? { session_id: sessionId } : {}),
      }
    },
    embeddedPurchase: async ({ request }) => {
      const { amount_micros } = embeddedPurchaseRequestSchema.parse(await request.json())
      const key = request.headers.get('Idempotency-Key') ?? ''
      const sessionId = account.openEmbedded(amount_micros, key)
      if (account.sessions.get(sessionId)?.state !== 'open') {
        return new HttpResponse(null, { status: 409 })
      }
      return {
        session_id: sessionId,
        client_secret: `${sessionId}_secret_panel`,
        publishable_key: 'pk_test_panel',
      }
    },
    checkoutStatus: ({ parameters }) =>
      account.status(String(parameters['session_id'])) ?? new HttpResponse(null, { status: 404 }),
    billingPortal: () => ({ billing_portal_url: 'https://billing.stripe.com/session' }),
    events: ({ request }) => eventsPage(account, new URL(request.url)),
    usagePortal: () => ({ url: 'https://billing.stripe.com/usage' }),
    subscriptionStatus: () => ({ is_active: false }),
  }
}

/** msw handlers for the whole contract below `base`. */
export function handlersFrom(base: string, answers: Answers): HttpHandler[] {
  return (Object.keys(customerEndpoints) as CustomerEndpoint[]).map((name) => {
    const { method, path } = customerEndpoints[name]
    const on = method === 'GET' ? http.get : http.post
    return on(base + path, async ({ request, params }) => {
      const answer = await answers[name]({ request, parameters: params })
      return answer instanceof Response ? answer : HttpResponse.json<object>(answer)
    })
  })
}

function eventsPage(account: PanelAccount, url: URL): Body<'events'> {
  const query = eventsQuerySchema.parse(Object.fromEntries(url.searchParams))
  const { page = 1, limit = 10 } = query
  return {
    total: account.events.length,
    page,
    limit,
    totalPages: Math.ceil(account.events.length / limit),
    events: account.events.slice((page - 1) * limit, page * limit),
  }
}
