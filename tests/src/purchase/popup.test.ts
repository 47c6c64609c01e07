import { HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { balanceStatus, button, find, panelTests, rows } from '../support/panel.ts'

const open = panelTests()

interface FakeTab {
  readonly urls: string[]
  closed: boolean
}
let tabs: FakeTab[]
let blocked: boolean

beforeEach(() => {
  tabs = []
  blocked = false
  vi.spyOn(window, 'open').mockImplementation(() => {
    if (blocked) return null
    const tab = {
      urls: [] as string[],
      closed: false,
      opener: window,
      document: document.implementation.createHTMLDocument(''),
      location: { replace: (url: string) => tab.urls.push(url) },
      close: () => {
        tab.closed = true
      },
    }
    tabs.push(tab)
    return tab as unknown as Window
  })
})
afterEach(() => vi.restoreAllMocks())

const RETURN_URL = 'https://comfy.invalid/return.html'

const amountField = () => find('input[role=spinbutton]') as HTMLInputElement
const popupText = () => find('dialog').textContent
const expectPopup = (text: string) => vi.waitFor(() => expect(popupText()).toContain(text))

function type(text: string): void {
  const input = amountField()
  input.value = text
  input.dispatchEvent(new Event('input', { bubbles: true }))
}

const press = (key: string, shiftKey = false) =>
  amountField().dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true }))

async function openPopup(): Promise<void> {
  await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBeDefined())
  button('Buy credits').click()
  await vi.waitFor(amountField)
}

async function buy(amount: string): Promise<void> {
  await openPopup()
  type(amount)
  await vi.waitFor(() => expect(button('Buy').disabled).toBe(false))
  submit()
}

/** happy-dom does not submit by a click on a button whose form has no action. */
function submit(): void {
  find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
}

/** What a person's return to the tab looks like from here. */
const comeBack = (): void => void window.dispatchEvent(new Event('focus'))

/** Buys, and gives the request that was sent for it. */
async function purchaseRequest(features: string[]): Promise<Request> {
  const account = new PanelAccount(10)
  account.features = features
  let sent: Request | undefined
  open({
    of: account,
    returnUrl: RETURN_URL,
    answers: (usual) => ({
      ...usual,
      purchase: (question) => {
        sent = question.request.clone()
        return usual.purchase(question)
      },
    }),
  })
  await buy('25')
  await expectPopup('Waiting for your payment')
  if (!sent) throw new Error('No purchase was sent')
  return sent
}

function tell(message: unknown): void {
  const channel = new BroadcastChannel('comfyui-credits')
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
  channel.postMessage(message)
  setTimeout(() => channel.close(), 100)
}

/** What the page was told to bring back with it. */
function attemptOf(account: PanelAccount): string | null {
  const returnUrl = account.sessions.get('cs_test_panel_1')?.returnUrl ?? ''
  return new URL(returnUrl).searchParams.get('purchase')
}

describe('choosing an amount', () => {
  it('shows credits and bounds before anything is bought', async () => {
    open()
    await openPopup()
    expect(popupText()).toContain('= 5,275 credits')
    expect(popupText()).toContain('$5 to $10,000')
    expect(amountField().getAttribute('aria-valuemin')).toBe('5')
    expect(amountField().getAttribute('aria-valuemax')).toBe('10000')
    expect(amountField().getAttribute('aria-valuenow')).toBe('25')
  })

  it('follows what is typed', async () => {
    open()
    await openPopup()
    type('37')
    await expectPopup('= 7,807 credits')
  })

  it.each([
    ['$10', '2,110'],
    ['$50', '10,550'],
    ['$100', '21,100'],
  ])('offers %s', async (preset, credits) => {
    open()
    await openPopup()
    button(preset).click()
    await expectPopup(`= ${credits} credits`)
    expect(button(preset).getAttribute('aria-pressed')).toBe('true')
  })

  it.each([
    ['4', 'The least is $5.'],
    ['10001', 'The most is $10,000.'],
    ['12.50', 'Whole dollars only'],
    ['ten', 'Please type an amount'],
    ['', 'Please choose or type an amount'],
  ])('does not sell %j and says why', async (text, reason) => {
    const { asked } = open()
    await openPopup()
    type(text)
    await expectPopup(reason)
    expect(button('Buy').disabled).toBe(true)
    submit()
    expect(tabs).toEqual([])
    expect(asked).not.toContain('POST /customers/credit')
  })

  it('steps by the arrow keys', async () => {
    open()
    await openPopup()
    press('ArrowUp')
    await vi.waitFor(() => expect(amountField().value).toBe('26'))
    press('ArrowDown', true)
    await vi.waitFor(() => expect(amountField().value).toBe('21'))
  })

  it('keeps the keys to itself and closes at Escape', async () => {
    open()
    await openPopup()
    const heard = vi.fn<(event: Event) => void>()
    document.addEventListener('keydown', heard)
    amountField().dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }),
    )
    document.removeEventListener('keydown', heard)
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    expect(heard).not.toHaveBeenCalled()
  })
})

describe('buying', () => {
  it('opens the payment page in a tab taken in the click, without a way back into ComfyUI', async () => {
    open()
    await buy('25')
    expect(window.open).toHaveBeenCalledTimes(1)
    await expectPopup('Waiting for your payment')
    expect(tabs[0]?.urls).toEqual(['https://pay.panel.invalid/c/pay/cs_test_panel_1'])
    expect(tabs[0]).toMatchObject({ opener: null })
  })

  it('shows before and after, the new balance and the top-up once the credits have landed', async () => {
    const { account } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    account.pay('cs_test_panel_1')
    comeBack()
    await expectPopup('Your balance went from 2,110 to 7,385 credits.')
    expect(balanceStatus().dataset['credits']).toBe('7385')
    await vi.waitFor(() => expect(rows('top-up')[0]?.dataset['credits']).toBe('5275'))
  })

  it('recognises the credits by their event on the plain contract', async () => {
    const account = new PanelAccount(10)
    account.features = []
    open({ of: account })
    await buy('25')
    await expectPopup('Waiting for your payment')
    comeBack()
    account.pay('cs_test_panel_1')
    comeBack()
    await expectPopup('Your balance went from 2,110 to 7,385 credits.')
  })

  it('sends neither key nor return address on the plain contract', async () => {
    const sent = await purchaseRequest([])
    expect(sent.headers.get('idempotency-key')).toBeNull()
    expect(await sent.json()).toEqual({ amount_micros: 25_000_000, currency: 'usd' })
  })

  it('sends one key and the return address where the API takes them', async () => {
    const sent = await purchaseRequest(['return_url', 'idempotency', 'checkout_status'])
    const key = sent.headers.get('idempotency-key')
    expect(key).toMatch(/^[0-9a-f]{32}$/)
    expect(await sent.json()).toEqual({
      amount_micros: 25_000_000,
      currency: 'usd',
      return_url: `${RETURN_URL}?purchase=${key}`,
    })
  })

  it('offers links when the browser has blocked the tab', async () => {
    blocked = true
    open()
    await buy('25')
    await expectPopup('Your browser blocked the payment tab')
    const links = [...document.querySelectorAll<HTMLAnchorElement>('dialog a')]
    expect(links.map((link) => [link.textContent, link.target])).toEqual([
      ['Open payment page', '_blank'],
      ['Open it in this tab', ''],
    ])
    expect(links[0]?.getAttribute('href')).toBe('https://pay.panel.invalid/c/pay/cs_test_panel_1')
  })

  it('does not open an address that is not safe', async () => {
    open({
      answers: (usual) => ({
        ...usual,
        purchase: () => ({ checkout_url: 'javascript:alert(1)', session_id: 's' }),
      }),
    })
    await buy('25')
    await expectPopup('not safe')
    expect(tabs[0]).toMatchObject({ urls: [], closed: true })
  })

  it.each([
    [500, 'has a problem'],
    [401, 'login was not accepted'],
    [429, 'Too many requests'],
  ])('says what a refusal with %i means, and lets the person try again', async (status, words) => {
    open({
      answers: (usual) => ({ ...usual, purchase: () => HttpResponse.json({}, { status }) }),
    })
    await buy('25')
    await expectPopup(words)
    expect(tabs[0]?.closed).toBe(true)
    expect(button('Buy').disabled).toBe(false)
  })

  it('makes a customer of a person the API does not know yet, then buys', async () => {
    let known = false
    const { asked } = open({
      answers: (usual) => ({
        ...usual,
        createCustomer: () => {
          known = true
          return { id: 'person' }
        },
        purchase: (question) =>
          known ? usual.purchase(question) : HttpResponse.json({}, { status: 404 }),
      }),
    })
    await buy('25')
    await expectPopup('Waiting for your payment')
    expect(asked.filter((call) => call.startsWith('POST'))).toEqual([
      'POST /customers/credit',
      'POST /customers',
      'POST /customers/credit',
    ])
  })
})

describe('while a payment is under way', () => {
  it.each([
    ['expired', 'The payment page has expired'],
    ['failed', 'The payment failed'],
    ['processing', 'Payment received'],
  ] as const)('says that it is %s', async (state, words) => {
    const { account } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    const session = account.sessions.get('cs_test_panel_1')
    if (session) session.state = state
    comeBack()
    await expectPopup(words)
  })

  it('believes a message from the return page only as far as to ask', async () => {
    const { account, asked } = open({ returnUrl: RETURN_URL })
    await buy('25')
    await expectPopup('Waiting for your payment')
    const questions = () => asked.filter((call) => call.startsWith('GET /customers/credit/')).length
    const before = questions()
    tell({ kind: 'checkout-returned', attempt: attemptOf(account), outcome: 'success' })
    await vi.waitFor(() => expect(questions()).toBeGreaterThan(before))
    expect(popupText()).toContain('Waiting for your payment')
    account.pay('cs_test_panel_1')
    tell({ kind: 'checkout-returned', attempt: attemptOf(account), outcome: 'success' })
    await expectPopup('2,110 to 7,385')
  })

  it('says that a payment was cancelled, and offers its page again', async () => {
    const { account } = open({ returnUrl: RETURN_URL })
    await buy('25')
    await expectPopup('Waiting for your payment')
    tell({ kind: 'checkout-returned', attempt: attemptOf(account), outcome: 'cancelled' })
    await expectPopup('Payment cancelled')
    expect(find('dialog a').textContent).toContain('Open payment page again')
  })

  it('is not moved by the cancellation of another purchase', async () => {
    const { asked } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    const before = asked.length
    tell({ kind: 'checkout-returned', attempt: 'another', outcome: 'cancelled' })
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(before))
    expect(popupText()).toContain('Waiting for your payment')
  })

  it('goes on when the popup is closed, and tells in the panel', async () => {
    const { account } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    button('Close').click()
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    expect(document.body.textContent).toContain('Waiting for a payment of $25.00')
    account.pay('cs_test_panel_1')
    comeBack()
    await vi.waitFor(() =>
      expect(document.body.textContent).toContain('Your balance went from 2,110 to 7,385 credits.'),
    )
  })

  it('tells by the host’s toast when the panel is off the screen', async () => {
    const { account, credits, host } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    credits.unmount()
    account.pay('cs_test_panel_1')
    comeBack()
    await vi.waitFor(() => expect(host.toasts).toHaveLength(1))
    expect(host.toasts[0]).toEqual({
      severity: 'success',
      summary: 'Credits added',
      detail: 'Your balance went from 2,110 to 7,385 credits.',
    })
  })

  it('is forgotten with the login', async () => {
    const { host } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    host.login({ id: 'token:other', login: 'token' })
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    expect(document.querySelector('dialog')).toBeNull()
    expect(document.body.textContent).not.toContain('Waiting for a payment')
  })
})
