import axios, { type AxiosRequestConfig } from 'axios'
import type * as z from 'zod/mini'
import { customerEndpoints, type CustomerEndpoint } from '../../contract/endpoints.ts'
import type { BillingPortalRequest, EventsQuery, PurchaseRequest } from '../../contract/schemas.ts'
import type { Host } from '../host/port.ts'
import { wasBlocked, watchBlockedRequests } from './blocked.ts'
import { apiErrorFrom } from './errors.ts'
import { ApiError, type CallOptions, type CreditsApi } from './port.ts'

const TIMEOUT_MS = 20_000

interface CallInput extends CallOptions {
  readonly query?: EventsQuery
  readonly body?: PurchaseRequest | BillingPortalRequest
  readonly headers?: Record<string, string>
  readonly pathParameters?: Record<string, string>
}

type Answer<E extends CustomerEndpoint> = z.infer<(typeof customerEndpoints)[E]['response']>
type Call = <E extends CustomerEndpoint>(endpoint: E, input?: CallInput) => Promise<Answer<E>>

/** The credits API over HTTP, asked with the host's login. */
export function createCreditsApi(host: Host): CreditsApi {
  watchBlockedRequests()
  const call = createCall(host)
  return {
    balance: (options) =>
      call('balance', options).catch((error: unknown) => {
        if (isNotFound(error)) return { amount_micros: 0, currency: 'usd' }
        throw error
      }),
    events: (query, options) => call('events', { ...options, query }),
    purchase: (request, options) => purchase(call, request, options),
    checkoutStatus: (sessionId, options) =>
      call('checkoutStatus', { ...options, pathParameters: { session_id: sessionId } }),
    billingPortal: async (options) =>
      (await call('billingPortal', { ...options, body: {} })).billing_portal_url,
  }
}

async function purchase(
  call: Call,
  request: Parameters<CreditsApi['purchase']>[0],
  options: CallOptions = {},
): Promise<Answer<'purchase'>> {
  const input: CallInput = {
    ...options,
    body: {
      amount_micros: request.usdMicros,
      currency: 'usd',
      ...(request.returnUrl === undefined ? {} : { return_url: request.returnUrl }),
    },
    headers:
      request.idempotencyKey === undefined ? {} : { 'Idempotency-Key': request.idempotencyKey },
  }
  try {
    return await call('purchase', input)
  } catch (error) {
    // A person who never bought has no customer yet; the API wants one before the first purchase.
    if (!isNotFound(error)) throw error
    await call('createCustomer', { ...options, body: {} })
    return call('purchase', input)
  }
}

function createCall(host: Host): Call {
  return async (endpoint, input = {}) => {
    const asked = host.account()?.id
    const auth = await host.authHeaders()
    if (auth === null) throw new ApiError('logged-out', 'There is no login to ask with')
    refuseIfAccountChanged(host, asked)

    const { method, path, response } = customerEndpoints[endpoint]
    const data = await send({
      method,
      url: host.apiBase + fillPath(path, input.pathParameters ?? {}),
      headers: { ...auth, ...input.headers },
      ...(input.query === undefined ? {} : { params: input.query }),
      ...(input.body === undefined ? {} : { data: input.body }),
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    })
    refuseIfAccountChanged(host, asked)

    const parsed = response.safeParse(data)
    if (!parsed.success) {
      throw new ApiError(
        'unreadable',
        `The answer to ${endpoint} does not fit the contract`,
        {},
        { cause: parsed.error },
      )
    }
    // Safe: `response` is the schema of this very endpoint, a link TypeScript loses over a map.
    return parsed.data as Answer<typeof endpoint>
  }
}

/** The login may change between question and answer: one person's figures never reach another. */
function refuseIfAccountChanged(host: Host, asked: string | undefined): void {
  if (host.account()?.id !== asked) throw new ApiError('cancelled', 'The login has changed')
}

async function send(request: AxiosRequestConfig & { readonly url: string }): Promise<unknown> {
  try {
    const response = await axios.request<unknown>({
      ...request,
      adapter: 'fetch',
      timeout: TIMEOUT_MS,
      // The token goes to the API's own origin: no redirect is followed with it, no cookie is sent.
      fetchOptions: { redirect: 'error' },
      withCredentials: false,
      withXSRFToken: false,
      headers: {
        ...request.headers,
        // axios would name itself here, and an unknown header fails the real API's preflight.
        'User-Agent': false,
      },
    })
    return response.data
  } catch (error) {
    const failure = apiErrorFrom(error)
    // To script a blocked request looks like any other that got no answer.
    if (failure.code === 'offline' && (await wasBlocked(request.url))) {
      throw new ApiError('blocked', "The page's policy forbids to ask the credits API")
    }
    throw failure
  }
}

function fillPath(path: string, parameters: Record<string, string>): string {
  return Object.entries(parameters).reduce(
    (filled, [name, value]) => filled.replace(`:${name}`, () => encodeURIComponent(value)),
    path,
  )
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'not-found'
}
