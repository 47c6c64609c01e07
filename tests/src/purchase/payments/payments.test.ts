import { HttpResponse } from 'msw'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../../sandbox/panel/account.ts'
import type { Answers } from '../../../../sandbox/panel/handlers.ts'
import type { Progress } from '../../../../src/purchase/engine/flow.ts'
import { storePurchase } from '../../../../src/purchase/engine/purchase-storage.ts'
import { supportText } from '../../../../src/purchase/payments/support-text.ts'
import { balanceStatus, button, find, panelTests } from '../../support/panel.ts'

const open = panelTests()
afterEach(() => vi.restoreAllMocks())

const credited = (attempt: string, startedAt: number): Progress => ({
  step: 'credited',
  at: startedAt + 1000,
  purchase: {
    attempt,
    way: 'page',
    usdMicros: 25_000_000,
    beforeUsdMicros: 10_000_000,
    startedAt,
    card: null,
    checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_1',
    sessionId: 'cs_1',
    operationId: null,
    earlierEventIds: [],
  },
  afterUsdMicros: 35_000_000,
  evidence: { from: 'account-event', eventId: 'e1' },
})

const RECEIPT = 'https://pay.stripe.com/receipts/cs_1'

/** A panel with one payment that was credited, and the tab that a click on its receipt opens. */
function openPaid(options: {
  /** What its receipt's address is by now, or how the question for it fails. */
  readonly receipt?: () => string | null | Response
  readonly features?: readonly string[]
  readonly progress?: Progress
}) {
  const tab = {
    closed: false,
    opener: window,
    document: document.implementation.createHTMLDocument(''),
    location: { replace: vi.fn() },
    close: () => {
      tab.closed = true
    },
  }
  const opened = vi.spyOn(window, 'open').mockReturnValue(tab as unknown as Window)
  storePurchase(localStorage, 'token:person', options.progress ?? credited('a1', 1000))
  const account = new PanelAccount(10)
  if (options.features) account.features = options.features
  const checkoutStatus: Answers['checkoutStatus'] = () => {
    const receipt = options.receipt ? options.receipt() : RECEIPT
    if (receipt instanceof Response) return receipt
    return {
      session_id: 'cs_1',
      state: 'credited',
      amount_micros: 25_000_000,
      receipt_url: receipt,
    }
  }
  const panel = open({
    tab: 'overview',
    of: account,
    answers: (usual) => ({ ...usual, checkoutStatus }),
  })
  return { ...panel, tab, opened }
}

const RECEIPT_BUTTON = 'Receipt(opens in a new tab)'

const list = () => [...document.querySelectorAll<HTMLElement>('[data-step]')]

describe('the list of payments', () => {
  it('is not there while nothing was bought', () => {
    open({ tab: 'overview' })
    expect(document.querySelector('section[aria-label=Payments]')).toBeNull()
  })

  it('has this account’s purchases, newest first, and none of another’s', async () => {
    storePurchase(localStorage, 'token:person', credited('a1', 1000))
    storePurchase(localStorage, 'token:other', credited('a2', 2000))
    const { host } = open({ tab: 'overview' })
    await vi.waitFor(() => expect(list()).toHaveLength(1))
    expect(find('section[aria-label=Payments]').textContent).toContain('$25.00Credits added')
    host.login({ id: 'token:third', login: 'token' })
    await vi.waitFor(() => expect(list()).toHaveLength(0))
  })

  it('begins with the newest three', async () => {
    for (const index of [1, 2, 3, 4, 5]) {
      storePurchase(localStorage, 'token:person', credited(`a${index}`, index * 1000))
    }
    open({ tab: 'overview' })
    await vi.waitFor(() => expect(list()).toHaveLength(3))
    button('Show 2 more').click()
    await vi.waitFor(() => expect(list()).toHaveLength(5))
  })

  it('says what it has copied, and shows it', async () => {
    storePurchase(localStorage, 'token:person', credited('a1', 1000))
    open({ tab: 'overview' })
    const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
    await vi.waitFor(() => button('Copy for support').click())
    await vi.waitFor(() => expect(find('.cc-payment').textContent).toContain('Copied'))
    expect(written).toHaveBeenCalledWith(supportText(credited('a1', 1000), 'token:person'))
  })
})

describe('a payment whose money went back', () => {
  const took = (type: string, cents: number, of: object = { session_id: 'cs_1' }) => ({
    event_id: `${type}${cents}`,
    event_type: type,
    createdAt: new Date().toISOString(),
    params: { amount: cents, ...of },
  })

  it.each([
    ['Refunded', [took('credit_refunded', -2500)]],
    ['Refunded', [took('credit_refunded', -1500), took('credit_refunded', -1000)]],
    ['Partly refunded', [took('credit_refunded', -1000)]],
    ['Disputed', [took('credit_disputed', -2500), took('credit_refunded', -1000)]],
    ['Credits added', [took('credit_disputed', 2500), took('credit_disputed', -2500)]],
    ['Credits added', [took('credit_refunded', -2500, { session_id: 'cs_2' })]],
    ['Credits added', [took('credit_refunded', -2500, {})]],
  ])('is "%s" and nothing else', async (title, events) => {
    storePurchase(localStorage, 'token:person', credited('a1', 1000))
    open({ tab: 'overview', of: new PanelAccount(10, events) })
    const payments = await vi.waitFor(() => find('section[aria-label=Payments]'))
    await vi.waitFor(() => find('.cc-latest'))
    await vi.waitFor(() => expect(payments.textContent).toContain(`$25.00${title}`))
  })
})

describe('a receipt', () => {
  it('opens in a tab of its own that was taken in the click, asked for just then', async () => {
    const { tab, opened, asked } = openPaid({})
    await vi.waitFor(() => button(RECEIPT_BUTTON))
    expect(asked).not.toContain('GET /customers/credit/cs_1')
    button(RECEIPT_BUTTON).click()
    expect(opened).toHaveBeenCalledTimes(1)
    await vi.waitFor(() => expect(tab.location.replace).toHaveBeenCalledWith(RECEIPT))
    expect(tab.opener).toBeNull()
    expect(document.body.textContent).not.toContain('Receipts are under Invoices')
  })

  it.each(['javascript:alert(1)', 'https://example.com/receipt', 'http://pay.stripe.com/r'])(
    'is not looked for at %s',
    async (address) => {
      const { tab } = openPaid({ receipt: () => address })
      await vi.waitFor(() => button(RECEIPT_BUTTON).click())
      await vi.waitFor(() => expect(list()[0]?.textContent).toContain('could not be opened'))
      expect(tab.closed).toBe(true)
      expect(tab.location.replace).not.toHaveBeenCalled()
    },
  )

  it('that is not there yet is said not to be, and can be asked for again', async () => {
    let address: string | null = null
    const { tab } = openPaid({ receipt: () => address })
    await vi.waitFor(() => button(RECEIPT_BUTTON).click())
    await vi.waitFor(() => expect(list()[0]?.textContent).toContain('no receipt of this payment'))
    expect(tab.closed).toBe(true)
    tab.closed = false
    address = RECEIPT
    button(RECEIPT_BUTTON).click()
    await vi.waitFor(() => expect(tab.location.replace).toHaveBeenCalledWith(RECEIPT))
    expect(list()[0]?.textContent).not.toContain('no receipt of this payment')
  })

  it('that cannot be asked for is said so', async () => {
    const { tab } = openPaid({ receipt: () => HttpResponse.json({}, { status: 500 }) })
    await vi.waitFor(() => button(RECEIPT_BUTTON).click())
    await vi.waitFor(() => expect(list()[0]?.textContent).toContain('could not be opened'))
    expect(tab.closed).toBe(true)
  })

  const { purchase } = credited('a1', 1000)
  it.each([
    ['the API has none', { features: ['checkout_status'] }],
    [
      'the purchase has no name at the service',
      { progress: { ...credited('a1', 1000), purchase: { ...purchase, sessionId: null } } },
    ],
    ['nothing was paid', { progress: { step: 'expired', at: 2000, purchase } as const }],
  ])('is not offered where %s', async (_why, options) => {
    openPaid(options)
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    await vi.waitFor(() => expect(list()).toHaveLength(1))
    expect(() => button(RECEIPT_BUTTON)).toThrow('No button')
  })
})

describe('supportText', () => {
  it('has ids, times and amounts, and not the way to the payment page', () => {
    const text = supportText(credited('a1', 1000), 'token:person')
    expect(text.split('\n')).toEqual([
      'payment: a1',
      'state: credited',
      'way: page',
      'usd_cents: 2500',
      'started: 1970-01-01T00:00:01.000Z',
      'changed: 1970-01-01T00:00:02.000Z',
      'session: cs_1',
      'balance_before_usd_cents: 1000',
      'balance_after_usd_cents: 3500',
      'evidence: account-event',
      'event: e1',
      'account: token:person',
    ])
    expect(text).not.toContain('https:')
  })
})
