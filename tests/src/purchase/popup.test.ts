import { HttpResponse } from 'msw'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { manyEvents } from '../../../sandbox/panel/sample-events.ts'
import { inOneTab } from '../../../src/storage/tab-lock.ts'
import { balanceStatus, button, find, panelTests, rows } from '../support/panel.ts'
import { fakeTabs, newPurchase, type FakeTab } from '../support/purchase.ts'

const open = panelTests()

let tabs: FakeTab[]
let blocked: boolean

beforeEach(() => {
  tabs = []
  blocked = false
  fakeTabs(tabs, () => blocked)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})
// A chunk of its own: the first test should not have to wait until it is made.
beforeAll(() => import('../../../src/purchase/BuyDialog.vue'))

const RETURN_URL = 'https://comfy.invalid/return.html'

function spinbutton(name: string): HTMLInputElement {
  const label = [...document.querySelectorAll('label')].find((one) => one.textContent === name)
  const field = find(`input[role=spinbutton][id="${label?.htmlFor}"]`)
  if (!(field instanceof HTMLInputElement)) throw new Error(`${name} is no field`)
  return field
}
const amountField = () => spinbutton('Amount in USD')
const creditsField = () => spinbutton('Amount in credits')
const popupText = () => find('dialog').textContent
const expectPopup = (text: string) => vi.waitFor(() => expect(popupText()).toContain(text))

function type(text: string, input = amountField()): void {
  input.value = text
  input.dispatchEvent(new Event('input', { bubbles: true }))
}

const press = (key: string, shiftKey = false, input = amountField()) =>
  input.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true }))

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

/** A second open purchase of the same amount, as an earlier version left them. */
function storeAnotherLikeIt(): void {
  const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index))
  const key = keys.find((name) => name?.includes(':purchase:')) ?? ''
  const attempt = key.slice(key.lastIndexOf(':') + 1)
  const another = attempt.split('').toReversed().join('')
  const value = localStorage.getItem(key) ?? ''
  localStorage.setItem(key.replace(attempt, another), value.replaceAll(attempt, another))
}

/** As a second purchase that ends while its popup is closed. */
async function buyUnseen(account: PanelAccount): Promise<void> {
  button('Close').click()
  await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
  await buy('25')
  await expectPopup('Waiting for your payment')
  button('Close').click()
  await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
  account.pay('cs_test_panel_2')
  comeBack()
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

/** What the return address names. */
function attemptOf(account: PanelAccount): string | null {
  const returnUrl = account.sessions.get('cs_test_panel_1')?.returnUrl ?? ''
  return new URL(returnUrl).searchParams.get('purchase')
}

describe('choosing an amount', () => {
  it('shows credits and bounds before anything is bought', async () => {
    open()
    await openPopup()
    expect(popupText()).toContain('You pay $25 · get 5,275 credits')
    expect(popupText()).toContain('Minimum $5, maximum $10,000.')
    expect(amountField().getAttribute('aria-valuemin')).toBe('5')
    expect(amountField().getAttribute('aria-valuemax')).toBe('10000')
    expect(amountField().getAttribute('aria-valuenow')).toBe('25')
    expect(creditsField().getAttribute('aria-valuemin')).toBe('1055')
    expect(creditsField().getAttribute('aria-valuemax')).toBe('2110000')
    expect(creditsField().getAttribute('aria-valuenow')).toBe('5275')
  })

  it('follows what is typed', async () => {
    open()
    await openPopup()
    type('37')
    await expectPopup('You pay $37 · get 7,807 credits')
    expect(creditsField().value).toBe('7,807')
  })

  it('can be typed in credits, and the dollars follow', async () => {
    open()
    await openPopup()
    type('7,807 credits', creditsField())
    await expectPopup('You pay $37 · get 7,807 credits')
    expect(amountField().value).toBe('37')
    expect(popupText()).not.toContain('Rounded')
  })

  it('says what is charged for credits that cannot be had just so: to the cent', async () => {
    const { account } = open()
    await openPopup()
    type('7,808', creditsField())
    await expectPopup('Rounded to 7,809.11 credits ($37.01)')
    expect(amountField().value).toBe('37.01')
    submit()
    await vi.waitFor(() =>
      expect(account.sessions.get('cs_test_panel_1')?.usdMicros).toBe(37_010_000),
    )
  })

  it('says what is charged for credits that cannot be had just so: in whole dollars', async () => {
    const account = new PanelAccount(10)
    account.features = []
    open({ of: account })
    await openPopup()
    type('7,808', creditsField())
    await expectPopup('Rounded to 8,018 credits ($38)')
    expect(amountField().value).toBe('38')
    submit()
    await vi.waitFor(() =>
      expect(account.sessions.get('cs_test_panel_1')?.usdMicros).toBe(38_000_000),
    )
  })

  it('takes cents where the API says that it does', async () => {
    open()
    await openPopup()
    type('$1,234.50')
    await expectPopup('You pay $1,234.50 · get 260,479.50 credits')
    expect(creditsField().value).toBe('260,479.50')
    expect(button('Buy').disabled).toBe(false)
  })

  it('says in credits what is wrong with credits, and shows no dollars for them', async () => {
    open()
    await openPopup()
    type('1000', creditsField())
    await expectPopup('Minimum 1,055 credits')
    expect(amountField().value).toBe('')
    expect(amountField().getAttribute('aria-invalid')).toBe('false')
    expect(creditsField().getAttribute('aria-invalid')).toBe('true')
    expect(button('Buy').disabled).toBe(true)
    button('$10').click()
    await vi.waitFor(() => expect(creditsField().value).toBe('2,110'))
  })

  it('offers other amounts', async () => {
    open()
    await openPopup()
    const presets = { $10: '2,110', $50: '10,550', $100: '21,100' }
    for (const [preset, credits] of Object.entries(presets)) {
      button(preset).click()
      await expectPopup(`get ${credits} credits`)
      expect(button(preset).getAttribute('aria-pressed')).toBe('true')
    }
  })

  it('does not sell what the plain contract cannot, and says why', async () => {
    const account = new PanelAccount(10)
    account.features = []
    const { asked } = open({ of: account })
    await openPopup()
    const reasons = [
      ['4', 'Minimum $5'],
      ['10001', 'Maximum $10,000'],
      ['12.50', 'Whole dollars only'],
      ['ten', 'Enter an amount'],
      ['', 'Choose or enter an amount'],
    ] as const
    for (const [text, reason] of reasons) {
      type('25')
      await vi.waitFor(() => expect(button('Buy').disabled).toBe(false))
      type(text)
      await vi.waitFor(() => expect(button('Buy').disabled).toBe(true))
      await expectPopup(reason)
      submit()
      expect(tabs).toEqual([])
      expect(asked).not.toContain('POST /customers/credit')
    }
  })

  it('chooses what makes a negative balance positive, and says why, until the person chooses', async () => {
    open({ of: new PanelAccount(-4.2) })
    await openPopup()
    await expectPopup('Your balance is −886.20 credits. $10 brings it above zero.')
    expect(amountField().value).toBe('10')
    button('$50').click()
    await vi.waitFor(() => expect(amountField().value).toBe('50'))
  })

  it('chooses what the refused run needs by what it has cost before, and says why', async () => {
    const { host, credits, account } = open({ of: new PanelAccount(20) })
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('4220'))
    const tellRun = (kind: string, detail: object) =>
      host.tell({ type: kind, detail, at: Date.now() })
    const runOf = (promptId: string) => {
      tellRun('execution_start', { prompt_id: promptId })
      tellRun('executing', { node: '7' })
      tellRun('progress_text', { nodeId: '7', text: 'Status: Waiting for server' })
    }
    runOf('p1')
    const price = 'Status: Completed\nPrice: 4,500.00 credits'
    tellRun('progress_text', { nodeId: '7', text: price })
    tellRun('execution_success', { prompt_id: 'p1' })
    account.usdMicros -= 22_000_000
    runOf('p2')
    tellRun('execution_error', {
      prompt_id: 'p2',
      node_id: '7',
      exception_message: 'Payment Required: Please add credits to your account.\n',
    })
    credits.openPurchase({ refused: true })
    await expectPopup('A run was stopped')
    await expectPopup(
      'Runs of this workflow have cost up to 4,500 credits, and you have −422. $25 pays for another.',
    )
    expect(amountField().value).toBe('25')
  })

  it('chooses after a refusal what makes an empty balance positive', async () => {
    const { credits } = open({ of: new PanelAccount(0) })
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('0'))
    credits.openPurchase({ refused: true })
    await expectPopup('Your balance is 0 credits. $10 brings it above zero.')
    expect(amountField().value).toBe('10')
  })

  it('says that more than any preset is needed where it is', async () => {
    open({ of: new PanelAccount(-150) })
    await openPopup()
    await expectPopup('Your balance is −31,650 credits. $151 brings it above zero.')
    expect(amountField().value).toBe('151')
  })

  it('says how many runs it pays, by what the last ones cost', async () => {
    open({ of: new PanelAccount(10, manyEvents(Date.now(), 12)) })
    await openPopup()
    await expectPopup('About 1,250 runs like your last 10.')
  })

  it('steps by the arrow keys', async () => {
    open()
    await openPopup()
    press('ArrowUp')
    await vi.waitFor(() => expect(amountField().value).toBe('26'))
    press('ArrowDown', true)
    await vi.waitFor(() => expect(amountField().value).toBe('21'))
    press('ArrowUp', false, creditsField())
    await vi.waitFor(() => expect(creditsField().value).toBe('4,642'))
    expect(amountField().value).toBe('22')
  })

  it('is modal again after the host took the panel out of the page and in', async () => {
    const { credits, element } = open()
    await openPopup()
    const showModal = vi.spyOn(HTMLDialogElement.prototype, 'showModal')
    credits.unmount()
    credits.mount(element)
    expect(showModal).toHaveBeenCalledOnce()
    expect(find('dialog').hasAttribute('open')).toBe(true)
    expect(document.activeElement).toBe(amountField())
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
    expect(tabs[0]?.urls).toEqual(['https://checkout.stripe.com/c/pay/cs_test_panel_1'])
    expect(tabs[0]).toMatchObject({ opener: null })
  })

  it('shows before and after, the new balance and the top-up once the credits have landed', async () => {
    const { account } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    account.pay('cs_test_panel_1')
    comeBack()
    await expectPopup('5,275 credits were added. Your balance went from 2,110 to 7,385 credits.')
    expect(balanceStatus().dataset['credits']).toBe('7385')
    await vi.waitFor(() => expect(rows('top-up')[0]?.dataset['credits']).toBe('5275'))
  })

  it('offers the receipt with the news of the credits, in the popup and in the panel', async () => {
    const { account } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    account.pay('cs_test_panel_1')
    comeBack()
    await expectPopup('Your balance went from')
    const inPopup = find('dialog .cc-page-button button')
    inPopup.click()
    const receipt = 'https://pay.stripe.com/receipts/cs_test_panel_1'
    await vi.waitFor(() => expect(tabs[1]?.urls).toEqual([receipt]))
    await buyUnseen(account)
    await vi.waitFor(() => find('.cc-notice .cc-page-button button').click())
    await vi.waitFor(() =>
      expect(tabs.at(-1)?.urls).toEqual(['https://pay.stripe.com/receipts/cs_test_panel_2']),
    )
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
    await expectPopup('The payment tab did not open')
    const links = [...document.querySelectorAll<HTMLAnchorElement>('dialog a')]
    expect(links.map((link) => [link.textContent, link.target])).toEqual([
      ['Open payment page', '_blank'],
      ['Open it in this tab', ''],
    ])
    expect(find('dialog input[readonly]')).toHaveProperty(
      'value',
      'https://checkout.stripe.com/c/pay/cs_test_panel_1',
    )
    expect(links[0]?.getAttribute('href')).toBe('https://checkout.stripe.com/c/pay/cs_test_panel_1')
  })

  it.each(['javascript:alert(1)', 'https://example.com/pay'])('does not open %s', async (url) => {
    open({
      answers: (usual) => ({
        ...usual,
        purchase: () => ({ checkout_url: url, session_id: 's' }),
      }),
    })
    await buy('25')
    await expectPopup('not safe')
    expect(tabs[0]).toMatchObject({ urls: [], closed: true })
  })

  it.each([
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

  it('speaks no more of a refusal that the person has read and gone on from', async () => {
    let refused = true
    open({
      answers: (usual) => ({
        ...usual,
        purchase: (question) =>
          refused ? HttpResponse.json({}, { status: 429 }) : usual.purchase(question),
      }),
    })
    await buy('25')
    await expectPopup('Too many requests')
    refused = false
    submit()
    await expectPopup('Waiting for your payment')
    button('Close').click()
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    const notices = () =>
      [...document.querySelectorAll('.cc-notice')].map((each) => each.textContent)
    await vi.waitFor(() => expect(notices().join()).toContain('Waiting for a payment'))
    expect(notices().join()).not.toContain('was not started')
  })

  it.each([
    ['no answer', () => HttpResponse.error(), 'cannot be reached'],
    ['a server’s fault', () => HttpResponse.json({}, { status: 500 }), 'has a problem'],
    ['an answer that makes no sense', () => HttpResponse.json({ url: 1 }), 'Unexpected response'],
  ])(
    'after %s asks once more for the same purchase, and not for a second',
    async (_what, answer, words) => {
      const keys: (string | null)[] = []
      let away = true
      const { account } = open({
        answers: (usual) => ({
          ...usual,
          purchase: (question) => {
            keys.push(question.request.headers.get('idempotency-key'))
            return away ? answer() : usual.purchase(question)
          },
        }),
      })
      await buy('25')
      await vi.waitFor(() => expect(popupText()).toContain('No answer to your payment'), 3000)
      expect(popupText()).toContain(words)
      expect(tabs[0]?.closed).toBe(true)
      away = false
      button('Try again').click()
      await expectPopup('Waiting for your payment')
      expect(keys).toHaveLength(3)
      expect(new Set(keys).size).toBe(1)
      expect(account.sessions.size).toBe(1)
      expect(tabs[1]?.urls).toHaveLength(1)
    },
  )

  it('never asks again where the contract has no key, says so, and finds out by the events', async () => {
    const account = new PanelAccount(10)
    account.features = []
    const { asked } = open({
      of: account,
      answers: (usual) => ({
        ...usual,
        purchase: async (question) => {
          await usual.purchase(question)
          return HttpResponse.error()
        },
      }),
    })
    await buy('25')
    await expectPopup('Check your balance before you pay again')
    expect(() => button('Try again')).toThrow('No button')
    account.pay('cs_test_panel_1')
    comeBack()
    await expectPopup('Your balance went from 2,110 to 7,385 credits.')
    expect(asked.filter((call) => call === 'POST /customers/credit')).toHaveLength(1)
  })

  it('makes one purchase of two clicks', async () => {
    const { asked } = open()
    await buy('25')
    submit()
    await expectPopup('Waiting for your payment')
    expect(asked.filter((call) => call === 'POST /customers/credit')).toHaveLength(1)
    expect(tabs).toHaveLength(1)
  })

  it('selects the link where nothing can be copied', async () => {
    blocked = true
    open()
    await buy('25')
    await expectPopup('The payment tab did not open')
    vi.spyOn(navigator, 'clipboard', 'get').mockReturnValue(undefined as unknown as Clipboard)
    document.execCommand = () => false
    button('Copy link').click()
    await expectPopup('The link is selected')
    expect(document.activeElement).toBe(find('dialog input[readonly]'))
  })

  it('lets go of the page when Cancel comes before it', async () => {
    let answer = (): void => {}
    let asked = false
    const waiting = new Promise<void>((resolve) => {
      answer = resolve
    })
    const { account } = open({
      answers: (usual) => ({
        ...usual,
        purchase: async (question) => {
          asked = true
          await waiting
          return usual.purchase(question)
        },
      }),
    })
    await buy('25')
    await vi.waitFor(() => expect(asked).toBe(true))
    button('Cancel').click()
    answer()
    await vi.waitFor(() => expect(account.sessions.size).toBe(1))
    await vi.waitFor(() => expect(tabs[0]?.closed).toBe(true))
    expect(tabs[0]?.urls).toEqual([])
    expect(document.querySelector('dialog')).toBeNull()
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
    expect(find('dialog a').textContent).toContain('Back to payment')
  })

  it('that was cancelled is put away by Close', async () => {
    const { account } = open({ returnUrl: RETURN_URL })
    await buy('25')
    await expectPopup('Waiting for your payment')
    tell({ kind: 'checkout-returned', attempt: attemptOf(account), outcome: 'cancelled' })
    await expectPopup('Payment cancelled')
    find('.cc-buy-links button:last-child').click()
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    await openPopup()
    expect(popupText()).not.toContain('unfinished payment')
  })

  it('that was cancelled is begun again with its amount, to be changed', async () => {
    const { account } = open({ returnUrl: RETURN_URL })
    await buy('37')
    await expectPopup('Waiting for your payment')
    tell({ kind: 'checkout-returned', attempt: attemptOf(account), outcome: 'cancelled' })
    await expectPopup('Payment cancelled')
    button('Change amount').click()
    await vi.waitFor(() => expect(amountField().value).toBe('37'))
    expect(popupText()).not.toContain('unfinished payment')
    button('Close').click()
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    await openPopup()
    expect(amountField().value).toBe('25')
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

  it('is reported in the panel when it ends before the browser has said that the popup is closed', async () => {
    const { account } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    const popup = find('dialog') as HTMLDialogElement
    vi.spyOn(popup, 'close').mockImplementation(() => {
      popup.open = false
    })
    button('Close').click()
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    account.pay('cs_test_panel_1')
    comeBack()
    const expectReport = () =>
      expect(document.body.textContent).toContain('Your balance went from 2,110 to 7,385 credits.')
    await vi.waitFor(expectReport)
    popup.dispatchEvent(new Event('close'))
    await nextTick()
    expectReport()
  })

  it('says in the popup and in the panel that nothing is lost by a service that is away', async () => {
    let away = true
    const { account } = open({
      answers: (usual) => ({
        ...usual,
        checkoutStatus: (question) =>
          away ? HttpResponse.error() : usual.checkoutStatus(question),
      }),
    })
    await buy('25')
    await expectPopup('Already paid? Your credits will appear automatically')
    comeBack()
    await expectPopup('cannot be reached')
    await expectPopup('If you have paid, nothing is lost by this.')
    button('Close').click()
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    const panel = () => document.body.textContent
    expect(panel()).toContain('Waiting for a payment of $25.00')
    expect(panel()).toContain('If you have paid, nothing is lost by this.')
    away = false
    comeBack()
    await vi.waitFor(() => expect(panel()).not.toContain('nothing is lost'))
    expect(panel()).toContain('Waiting for a payment of $25.00')
    account.pay('cs_test_panel_1')
    comeBack()
    await vi.waitFor(() => expect(panel()).toContain('from 2,110 to 7,385 credits.'))
  })

  it('gives way to a new one when it has ended while its popup was closed', async () => {
    const { account } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    button('Close').click()
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    account.pay('cs_test_panel_1')
    comeBack()
    await vi.waitFor(() => expect(document.body.textContent).toContain('Credits added'))
    button('Buy credits').click()
    await vi.waitFor(amountField)
  })

  it('gives way to a new one when Buy credits is pressed before its outcome was put away', async () => {
    const { account, credits } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    account.pay('cs_test_panel_1')
    comeBack()
    await expectPopup('Credits added')
    credits.openPurchase()
    await vi.waitFor(amountField)
    expect(popupText()).not.toContain('Credits added')
    // It was not read, so it is still reported when the popup is closed.
    button('Cancel').click()
    await vi.waitFor(() => expect(document.body.textContent).toContain('Credits added'))
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
      detail: '5,275 credits were added. Your balance went from 2,110 to 7,385 credits.',
    })
  })

  it('is not shown to the next person, and goes on when its own is back', async () => {
    const { host, account } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    host.login({ id: 'token:other', login: 'token' })
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    expect(document.querySelector('dialog')).toBeNull()
    expect(document.body.textContent).not.toContain('a payment of')
    account.pay('cs_test_panel_1')
    host.login({ id: 'token:person', login: 'token' })
    await vi.waitFor(() =>
      expect(document.body.textContent).toContain('Your balance went from 2,110 to 7,385 credits.'),
    )
  })

  it('is asked about at the pace the service wants', async () => {
    let answers = 0
    open({
      answers: (usual) => ({
        ...usual,
        checkoutStatus: () => {
          answers += 1
          return HttpResponse.json({}, { status: 429, headers: { 'Retry-After': '60' } })
        },
      }),
    })
    await buy('25')
    await expectPopup('Too many requests')
    comeBack()
    button('Check now').click()
    await expectPopup('Checking…')
    expect(answers).toBe(1)
  })

  it('is not asked about after its end', async () => {
    vi.useFakeTimers({
      shouldAdvanceTime: true,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    })
    const { account, asked } = open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    account.pay('cs_test_panel_1')
    comeBack()
    await expectPopup('2,110 to 7,385')
    const questions = () => asked.filter((call) => call.startsWith('GET /customers/credit/')).length
    const before = questions()
    comeBack()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(questions()).toBe(before)
  })

  it('can be put away, and is found under nothing that is waited for', async () => {
    open()
    await buy('25')
    await expectPopup('Waiting for your payment')
    button('Cancel').click()
    await expectPopup('You stopped waiting')
    button('Close').click()
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    expect(document.body.textContent).not.toContain('Waiting for a payment')
  })

  it('of the same amount as another is not guessed at, until the person tells them apart', async () => {
    const account = new PanelAccount(10)
    account.features = []
    const { credits } = open({ of: account })
    await buy('25')
    await expectPopup('Waiting for your payment')
    credits.dispose()
    storeAnotherLikeIt()
    open({ of: account })
    await vi.waitFor(() => button('Show').click())
    await expectPopup('Waiting for your payment')
    account.pay('cs_test_panel_1')
    comeBack()
    await expectPopup('the account does not say which')
    button('Cancel').click()
    comeBack()
    await expectPopup('You stopped waiting')
    button('Close').click()
    await vi.waitFor(() =>
      expect(document.body.textContent).toContain('Your balance went from 2,110 to 7,385 credits.'),
    )
  })
})

describe('a payment that outlives its page', () => {
  const waiting = async (account = new PanelAccount(10)) => {
    const { credits } = open({ of: account })
    await buy('25')
    await expectPopup('Waiting for your payment')
    credits.dispose()
    document.body.replaceChildren()
    return account
  }

  it('is reported in the next one', async () => {
    const account = await waiting()
    account.pay('cs_test_panel_1')
    open({ of: account })
    await vi.waitFor(() =>
      expect(document.body.textContent).toContain('Your balance went from 2,110 to 7,385 credits.'),
    )
    button('Done').click()
    await vi.waitFor(() => expect(document.body.textContent).not.toContain('balance went from'))
  })

  it('is reported by the host’s toast while the panel is not open', async () => {
    const account = await waiting()
    account.pay('cs_test_panel_1')
    const { host } = open({ of: account, shown: false })
    await vi.waitFor(() => expect(host.toasts).toMatchObject([{ summary: 'Credits added' }]))
  })

  it.each([
    ['expired', 'The payment page has expired'],
    ['failed', 'The payment failed'],
  ] as const)('that %s is reported too', async (state, words) => {
    const account = await waiting()
    const session = account.sessions.get('cs_test_panel_1')
    if (session) session.state = state
    const { host } = open({ of: account, shown: false })
    await vi.waitFor(() =>
      expect(host.toasts).toMatchObject([{ severity: 'warn', summary: words }]),
    )
  })

  it('can still be paid there, by its link', async () => {
    open({ of: await waiting() })
    await vi.waitFor(() => button('Show').click())
    await expectPopup('Waiting for your payment')
    expect(find('dialog a').getAttribute('href')).toBe(
      'https://checkout.stripe.com/c/pay/cs_test_panel_1',
    )
  })

  it('is undecided when the page was closed before the answer came', async () => {
    const key = 'comfyui-credits:purchase:token:person:a1'
    localStorage.setItem(key, JSON.stringify(keptOrder('a1')))
    open()
    await vi.waitFor(() => expect(document.body.textContent).toContain('not confirmed yet'))
    button('Show').click()
    await expectPopup('No answer to your payment')
    button('Try again')
  })

  it('is not followed to an address that somebody has put there', async () => {
    const order = keptOrder('a1')
    const bad = {
      ...order,
      step: 'awaiting',
      purchase: { ...order.purchase, checkoutUrl: 'javascript:alert(1)' },
    }
    localStorage.setItem('comfyui-credits:purchase:token:person:a1', JSON.stringify(bad))
    open()
    await vi.waitFor(() => button('Show').click())
    await expectPopup('Waiting for your payment')
    expect(document.querySelector('dialog a')).toBeNull()
  })
})

describe('two tabs', () => {
  /** As the other tab writes it down. */
  function tellOther(progress: object, attempt = 'b1'): void {
    const key = `comfyui-credits:purchase:token:person:${attempt}`
    const newValue = JSON.stringify(progress)
    localStorage.setItem(key, newValue)
    window.dispatchEvent(new StorageEvent('storage', { key, newValue }))
  }

  /** As the other tab does while its purchase is created; without it the purchase counts as orphaned. */
  function lockOrders(): Promise<() => void> {
    const { signal } = new AbortController()
    return new Promise((locked, failed) => {
      inOneTab('order:token:person', () => new Promise<void>((release) => locked(release)), {
        signal,
      }).catch(failed)
    })
  }

  it('show the purchase that one of them has begun, in place of the other’s form', async () => {
    const { asked } = open()
    await openPopup()
    const release = await lockOrders()
    expect(button('$25').disabled).toBe(false)
    tellOther(keptOrder('b1'))
    // While it is created the form stays, but nothing can be bought with it.
    await vi.waitFor(() => expect(button('$25').disabled).toBe(true))
    submit()
    tellOther({ ...keptOrder('b1'), step: 'awaiting', at: Date.now() + 1 })
    release()
    await expectPopup('Waiting for your payment')
    expect(document.querySelector('dialog form')).toBeNull()
    expect(asked).not.toContain('POST /customers/credit')
    expect(tabs).toEqual([])
  })

  it('show it too where this page could not hear of it, who pays being unknown', async () => {
    const { host } = open()
    await openPopup()
    host.payBy({ state: 'loading' })
    const waiting = { ...keptOrder('b1'), step: 'awaiting' }
    tellOther(waiting)
    host.payBy({ state: 'customer' })
    await expectPopup('Waiting for your payment')
    expect(document.querySelector('dialog form')).toBeNull()
  })

  it('leave the form to a person who opened it with a purchase under way', async () => {
    const { host } = open()
    await openPopup()
    host.payBy({ state: 'loading' })
    const { purchase, ...waiting } = { ...keptOrder('b1'), step: 'awaiting' }
    tellOther({ ...waiting, purchase: { ...purchase, startedAt: Date.now() - 60_000 } })
    host.payBy({ state: 'customer' })
    await vi.waitFor(() => expect(button('$25').disabled).toBe(false))
    amountField()
  })

  it('both say when the credits are there', async () => {
    const { account } = open()
    await openPopup()
    tellOther({ ...keptOrder('b1'), step: 'awaiting' })
    await expectPopup('Waiting for your payment')
    account.usdMicros += 25_000_000
    tellOther({
      ...keptOrder('b1'),
      step: 'credited',
      afterUsdMicros: 35_000_000,
      evidence: { from: 'account-event', eventId: 'e' },
    })
    await expectPopup('7,385')
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('7385'))
  })

  it('make one purchase when Buy is clicked in both', async () => {
    const { asked } = open()
    await openPopup()
    // The other tab is at it, and this one has not heard of it.
    localStorage.setItem(
      'comfyui-credits:purchase:token:person:b1',
      JSON.stringify({ ...keptOrder('b1'), step: 'awaiting' }),
    )
    submit()
    await expectPopup('Waiting for your payment')
    expect(asked).not.toContain('POST /customers/credit')
    expect(tabs[0]?.closed).toBe(true)
  })
})

function keptOrder(attempt: string) {
  return { step: 'creating', at: Date.now(), purchase: newPurchase(attempt) }
}
