import { delay, http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { API_BASE, createPanelHost } from '../../../sandbox/panel/host.ts'
import { createApi } from '../../../src/api/client.ts'
import { customerBillingAccount } from '../../../src/billing-account/customer.ts'
import { ApiError } from '../../../src/api/port.ts'

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const api = (options = {}) =>
  customerBillingAccount({ host: createPanelHost(options), api: createApi() }, null)
const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no failure',
    (error: unknown) => error,
  )

describe('what is sent', () => {
  it('carries the login and nothing that a plain API would not allow', async () => {
    let sent: Request | undefined
    server.use(
      http.get(`${API_BASE}/customers/balance`, ({ request }) => {
        sent = request
        return HttpResponse.json({ amount_micros: 1000, currency: 'usd' })
      }),
    )
    await api().balance()
    const names = [...(sent?.headers.keys() ?? [])].map((name) => name.toLowerCase()).toSorted()
    expect(names).toEqual(['accept', 'authorization'])
    expect(sent?.headers.get('authorization')).toBe('Bearer token-of-token:person')
    expect(sent?.credentials).toBe('omit')
    expect(sent?.redirect).toBe('error')
    expect(sent?.url).toBe(`${API_BASE}/customers/balance`)
  })

  it('asks for a page by its number', async () => {
    let url = ''
    server.use(
      http.get(`${API_BASE}/customers/events`, ({ request }) => {
        url = request.url
        return HttpResponse.json({ total: 0, page: 2, limit: 5, totalPages: 0, events: [] })
      }),
    )
    await api().events({ page: 2, limit: 5 })
    expect(url).toBe(`${API_BASE}/customers/events?page=2&limit=5`)
  })

  it('writes a session’s id into the path so that it stays one part of it', async () => {
    let path = ''
    server.use(
      http.get(`${API_BASE}/customers/credit/*`, ({ request }) => {
        path = new URL(request.url).pathname
        return HttpResponse.json({ session_id: 's', state: 'open', amount_micros: 1 })
      }),
    )
    await api().checkoutStatus('../balance?x=$&')
    expect(path).toBe('/customers/credit/..%2Fbalance%3Fx%3D%24%26')
  })

  it('is nothing at all without a login', async () => {
    expect(await failure(api({ account: null }).balance())).toMatchObject({ code: 'logged-out' })
  })

  it('is nothing when the login changes while credentials are fetched', async () => {
    const host = createPanelHost()
    const call = customerBillingAccount({ host, api: createApi() }, null).balance()
    host.login({ id: 'token:other', login: 'token' })
    expect(await failure(call)).toMatchObject({ code: 'cancelled' })
  })
})

describe('what comes back', () => {
  it.each([
    [400, 'invalid'],
    [401, 'unauthorized'],
    [402, 'payment-required'],
    [403, 'forbidden'],
    [409, 'conflict'],
    [422, 'invalid'],
    [429, 'rate-limited'],
    [418, 'server'],
    [500, 'server'],
    [503, 'server'],
  ])('%i is %s, with the server’s own words', async (status, code) => {
    server.use(
      http.get(`${API_BASE}/customers/balance`, () =>
        HttpResponse.json(
          { code: 'their-code', message: 'Their words' },
          { status, headers: { 'Retry-After': '7' } },
        ),
      ),
    )
    const error = await failure(api().balance())
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      code,
      details: {
        status,
        serverCode: 'their-code',
        serverMessage: 'Their words',
        retryAfterSeconds: 7,
      },
    })
  })

  it('404 is a balance of 0, and a failure elsewhere', async () => {
    server.use(http.all(`${API_BASE}/*`, () => new HttpResponse(null, { status: 404 })))
    expect(await api().balance()).toMatchObject({ amount_micros: 0 })
    expect(await failure(api().events({ page: 1, limit: 1 }))).toMatchObject({ code: 'not-found' })
  })

  it('404 is a failure of the balance too, once there was one', async () => {
    const billingAccount = api()
    server.use(
      http.get(
        `${API_BASE}/customers/balance`,
        () => HttpResponse.json({ amount_micros: 1000, currency: 'usd' }),
        { once: true },
      ),
      http.get(`${API_BASE}/customers/balance`, () => new HttpResponse(null, { status: 404 })),
    )
    await billingAccount.balance()
    expect(await failure(billingAccount.balance())).toMatchObject({ code: 'not-found' })
  })

  it('no answer is offline', async () => {
    server.use(http.get(`${API_BASE}/customers/balance`, () => HttpResponse.error()))
    expect(await failure(api().balance())).toMatchObject({ code: 'offline' })
  })

  it('a call that was cut off is cancelled', async () => {
    server.use(
      http.get(`${API_BASE}/customers/balance`, async () => {
        await delay('infinite')
        return HttpResponse.error()
      }),
    )
    const controller = new AbortController()
    const call = failure(api().balance({ signal: controller.signal }))
    controller.abort()
    expect(await call).toMatchObject({ code: 'cancelled' })
  })

  it.each([
    ['no JSON', 'hello'],
    ['another shape', '{"balance":1}'],
    ['a text for a number', '{"amount_micros":"1000","currency":"usd"}'],
    ['nothing', ''],
  ])('%s is unreadable, and never a zero', async (_what, body) => {
    server.use(http.get(`${API_BASE}/customers/balance`, () => new HttpResponse(body)))
    expect(await failure(api().balance())).toMatchObject({ code: 'unreadable' })
  })

  it('an error holds no token, however deep one looks', async () => {
    server.use(
      http.get(`${API_BASE}/customers/balance`, () => new HttpResponse(null, { status: 500 })),
    )
    const seen = JSON.stringify(await failure(api().balance()), (_key, value: unknown) =>
      value instanceof Error
        ? { ...value, message: value.message, cause: value.cause, stack: value.stack }
        : value,
    )
    expect(seen).not.toContain('token-of')
  })
})
