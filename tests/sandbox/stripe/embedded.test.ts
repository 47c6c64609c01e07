import { Window } from 'happy-dom'
import type { Stripe } from 'stripe'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { card, press, startBench, topUp } from './harness.ts'

const KEY = 'pk_test_sandbox'

let nowMs = Date.now()
let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench({ now: () => nowMs, publishableKey: KEY })
})
afterAll(() => bench.close())

const create = (params: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
  bench.client.checkout.sessions.create({
    ...withoutAddresses(),
    ui_mode: 'embedded_page',
    redirect_on_completion: 'never',
    ...params,
  })

function withoutAddresses(): Stripe.Checkout.SessionCreateParams {
  const { success_url: _success, cancel_url: _cancel, ...params } = topUp()
  return params
}

const frameUrl = (secret: string | null, key = KEY) =>
  `${bench.stripe.url}/c/embedded?${new URLSearchParams({ key, secret: secret ?? '' })}`

async function openFrame(params?: Parameters<typeof create>[0]) {
  const { id, client_secret } = await create(params)
  const url = frameUrl(client_secret)
  return {
    id,
    secret: client_secret ?? '',
    url,
    html: async () => (await fetch(url)).text(),
    session: () => bench.client.checkout.sessions.retrieve(id),
  }
}

describe('a session that is paid inside a page', () => {
  it('has a secret while it is open, and neither a page nor methods that redirect', async () => {
    const { id, client_secret, ...session } = await create()
    expect(client_secret).toMatch(new RegExp(`^${id}_secret_\\w+$`))
    expect(session).toMatchObject({
      url: null,
      ui_mode: 'embedded_page',
      payment_method_types: ['card', 'wechat_pay'],
    })
    expect(await bench.client.checkout.sessions.expire(id)).toMatchObject({ client_secret: null })
  })

  it.each<[string, Partial<Stripe.Checkout.SessionCreateParams>]>([
    ['success_url', { success_url: 'http://127.0.0.1:9/' }],
    ['cancel_url', { cancel_url: 'http://127.0.0.1:9/' }],
    ['redirect_on_completion', { ui_mode: 'hosted_page', success_url: 'http://127.0.0.1:9/' }],
    ['success_url', { ui_mode: 'hosted_page' }],
  ])('is refused by name: %s', async (param, params) => {
    await expect(create(params)).rejects.toMatchObject({ param })
  })

  it('has no page of its own beside the frame', async () => {
    const { id } = await create()
    expect((await fetch(`${bench.stripe.url}/c/pay/${id}`)).status).toBe(404)
    expect((await press(`${bench.stripe.url}/c/pay/${id}`, card())).status).toBe(404)
  })
})

describe('the page in the frame', () => {
  it('may stand in another’s page; the others may not', async () => {
    const page = await openFrame()
    expect((await fetch(page.url)).headers.get('Content-Security-Policy')).not.toContain(
      'ancestors',
    )
    const hosted = await bench.client.checkout.sessions.create(topUp())
    const policy = (await fetch(hosted.url ?? '')).headers.get('Content-Security-Policy')
    expect(policy).toContain("frame-ancestors 'none'")
  })

  it('is paid and leads nowhere', async () => {
    const page = await openFrame()
    const response = await press(page.url, card())
    expect(response.status).toBe(303)
    expect(new URL(response.headers.get('Location') ?? '', page.url).href).toBe(page.url)
    expect(await page.html()).toContain('name="complete"')
    expect(await page.session()).toMatchObject({ payment_status: 'paid', client_secret: null })
  })

  it('says why a card was declined, and takes another', async () => {
    const page = await openFrame()
    const declined = await (await press(page.url, card('4000000000000002'))).text()
    expect(declined).toContain('Your card was declined.')
    expect(declined).not.toContain('name="complete"')
    expect((await press(page.url, card())).status).toBe(303)
  })

  it('shows nothing without the key and the secret', async () => {
    const { secret } = await openFrame()
    expect((await fetch(frameUrl(secret, 'pk_test_other'))).status).toBe(401)
    expect((await fetch(frameUrl(`${secret}x`))).status).toBe(404)
    expect((await fetch(frameUrl('cs_test_none_secret_none'))).status).toBe(404)
  })

  it('takes no payment that another site sends, and none after its end', async () => {
    const page = await openFrame()
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    const body = new URLSearchParams(card())
    expect((await fetch(page.url, { method: 'POST', headers, body })).status).toBe(404)
    await bench.client.checkout.sessions.expire(page.id)
    await press(page.url, card())
    expect(await page.session()).toMatchObject({ status: 'expired', payment_status: 'unpaid' })
    expect(await page.html()).toContain('has expired')
  })

  it('ends by the clock like any other', async () => {
    const page = await openFrame()
    nowMs += 25 * 60 * 60_000
    expect(await page.html()).toContain('has expired')
  })

  it('is not there at all without a key', async () => {
    const other = await startBench()
    expect((await fetch(`${other.stripe.url}/c/embedded?key=pk_test_sandbox`)).status).toBe(401)
    await other.close()
  })
})

interface Checkout {
  mount(place: unknown): void
  unmount(): void
  destroy(): void
}
interface StandIn {
  createEmbeddedCheckoutPage(options?: object): Promise<Checkout>
}

describe('the stand-in for Stripe.js', () => {
  let window: Window
  let Stripe: (key: unknown) => StandIn
  beforeEach(async () => {
    window = new Window({ settings: { disableIframePageLoading: true } })
    const script = await (await fetch(`${bench.stripe.url}/js/endive/stripe.js`)).text()
    window.eval(script)
    Stripe = Reflect.get(window, 'Stripe')
  })
  afterEach(() => window.happyDOM.close())

  const begin = (secret = 'cs_test_1_secret_1', hooks = {}) =>
    Stripe(KEY).createEmbeddedCheckoutPage({
      fetchClientSecret: () => Promise.resolve(secret),
      ...hooks,
    })

  it('is handed to pages of any origin', async () => {
    const { headers } = await fetch(`${bench.stripe.url}/js/endive/stripe.js`)
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
  })

  it('mounts the frame where the page wants it, and removes it', async () => {
    const checkout = await begin()
    checkout.mount(window.document.body)
    const src = window.document.querySelector('iframe')?.getAttribute('src')
    expect(src).toBe(frameUrl('cs_test_1_secret_1'))
    checkout.unmount()
    expect(window.document.querySelector('iframe')).toBeNull()
    checkout.mount('body')
    checkout.destroy()
    expect(window.document.querySelector('iframe')).toBeNull()
  })

  it('allows one at a time, and none again that was destroyed', async () => {
    const checkout = await begin()
    await expect(begin()).rejects.toThrow('multiple Embedded Checkout objects')
    checkout.destroy()
    expect(() => checkout.destroy()).toThrow('has been destroyed')
    expect(() => checkout.mount('body')).toThrow('has been destroyed')
    await begin()
  })

  it('refuses an invalid key, secret or element', async () => {
    expect(() => Stripe('sk_test_1')).toThrow('publishable key')
    expect(() => Stripe(undefined)).toThrow('publishable key')
    await expect(Stripe(KEY).createEmbeddedCheckoutPage({})).rejects.toThrow('fetchClientSecret')
    await expect(begin('cs_test_1')).rejects.toThrow('client secret')
    const failing = { fetchClientSecret: () => Promise.reject(new Error('offline')) }
    await expect(begin('', failing)).rejects.toThrow('offline')
    const checkout = await begin()
    expect(() => checkout.mount('#nowhere')).toThrow('no element')
  })

  it('reports what its own frame reports, and completes once', async () => {
    const onComplete = vi.fn<() => void>()
    const onAnalyticsEvent = vi.fn<(event: object) => void>()
    const checkout = await begin(undefined, { onComplete, onAnalyticsEvent })
    checkout.mount('body')
    const frame = window.document.querySelector('iframe')
    const { origin } = new URL(bench.stripe.url)
    const receive = (data: object, from = {}) =>
      window.dispatchEvent(
        new window.MessageEvent('message', {
          data,
          origin,
          source: frame?.contentWindow as never,
          ...from,
        }),
      )
    receive({ complete: true }, { origin: 'https://elsewhere.invalid' })
    receive({ complete: true }, { source: window })
    expect(onComplete).not.toHaveBeenCalled()
    receive({ rendered: true, height: 480 })
    expect(onAnalyticsEvent).toHaveBeenCalledWith({ eventType: 'checkoutRendered' })
    expect(frame?.style.height).toBe('480px')
    receive({ complete: true })
    receive({ complete: true })
    expect(onComplete).toHaveBeenCalledTimes(1)
  })
})
