import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PayMessage } from '../../../../src/purchase/embedded/messages.ts'
import { importAgain } from '../../support/import-again.ts'

interface Options {
  readonly fetchClientSecret: () => Promise<string>
  readonly onComplete: () => void
  readonly onAnalyticsEvent: (event: { eventType: string }) => void
}

const mount = vi.fn<(place: HTMLElement) => void>()
const create = vi.fn<(options: Options) => Promise<{ mount: typeof mount }>>()
const loadStripe = vi.fn<(key: string) => Promise<unknown>>()
vi.mock('@stripe/stripe-js/pure', () => ({ loadStripe: (key: string) => loadStripe(key) }))

const order: PayMessage = {
  kind: 'embedded-pay',
  publishableKey: 'pk_test_1',
  clientSecret: 'cs_test_1_secret_1',
}

let received: string[]
let listening: Parameters<typeof window.addEventListener>[]
beforeEach(async () => {
  received = []
  create.mockResolvedValue({ mount })
  loadStripe.mockResolvedValue({ createEmbeddedCheckoutPage: create })
  vi.spyOn(window, 'postMessage').mockImplementation((message: { news: string }) => {
    received.push(message.news)
  })
  vi.stubGlobal('reportError', vi.fn())
  document.body.innerHTML = '<main data-checkout></main>'
  const listen = vi.spyOn(window, 'addEventListener')
  await importAgain('src/purchase/embedded/embedded.ts')
  listening = listen.mock.calls
})
afterEach(() => {
  // A page ends with all that it listens to; this window stays.
  for (const [name, listener] of listening) window.removeEventListener(name, listener)
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.clearAllMocks()
  document.body.replaceChildren()
})

function send(data: unknown, from: Partial<MessageEventInit> = {}): void {
  const { origin } = window.location
  const source = window.parent as unknown as MessageEventSource
  window.dispatchEvent(new MessageEvent('message', { data, origin, source, ...from }))
}

describe('the page that holds Stripe’s form', () => {
  it('loads nothing of Stripe’s until it has an order', () => {
    expect(received).toEqual(['ready'])
    expect(loadStripe).not.toHaveBeenCalled()
  })

  it('shows the form of its order, once, and tells how it goes', async () => {
    send(order)
    send(order)
    await vi.waitFor(() => expect(mount).toHaveBeenCalledTimes(1))
    expect(loadStripe).toHaveBeenCalledExactlyOnceWith('pk_test_1')
    const [options] = create.mock.calls[0] ?? []
    expect(await options?.fetchClientSecret()).toBe('cs_test_1_secret_1')
    options?.onAnalyticsEvent({ eventType: 'deviceData' })
    expect(received).toEqual(['ready'])
    options?.onAnalyticsEvent({ eventType: 'checkoutRendered' })
    options?.onComplete()
    expect(received).toEqual(['ready', 'shown', 'completed'])
  })

  it('says when Stripe.js does not come', async () => {
    loadStripe.mockRejectedValue(new Error('Failed to load Stripe.js'))
    send(order)
    await vi.waitFor(() => expect(received).toEqual(['ready', 'failed']))
  })

  it('says when Stripe.js does not take the order', async () => {
    create.mockRejectedValue(new Error('IntegrationError'))
    send(order)
    await vi.waitFor(() => expect(received).toEqual(['ready', 'failed']))
    expect(mount).not.toHaveBeenCalled()
  })

  it('takes orders of its own popup only', () => {
    send(order, { origin: 'https://elsewhere.invalid' })
    send(order, { source: null })
    send({ kind: 'something-else' })
    expect(loadStripe).not.toHaveBeenCalled()
  })

  it('hands on Escape, which closes the popup', () => {
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
    expect(received).toEqual(['ready', 'escape'])
  })
})
