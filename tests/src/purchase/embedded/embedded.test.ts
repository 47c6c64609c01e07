import { HttpResponse } from 'msw'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../../sandbox/panel/account.ts'
import type { Answers } from '../../../../sandbox/panel/handlers.ts'
import type { PageNews } from '../../../../src/purchase/embedded/messages.ts'
import { balanceStatus, button, find, panelTests } from '../../support/panel.ts'
import { fakeTabs, type FakeTab } from '../../support/purchase.ts'

const open = panelTests()
const TO_PAGE = 'Pay on Stripe’s page instead'

let tabs: FakeTab[]
let blocked: boolean
let account: PanelAccount
beforeEach(() => {
  tabs = []
  blocked = false
  account = new PanelAccount(10)
  fakeTabs(tabs, () => blocked)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})
beforeAll(() => import('../../../../src/purchase/BuyDialog.vue'))

interface Sent {
  readonly path: string
  readonly key: string | null
}

/** A panel that may be paid inside, and the purchases that it sends. */
function openPanel(options: { answers?: (usual: Answers) => Partial<Answers>; url?: string } = {}) {
  const sent: Sent[] = []
  const noted = <E extends 'purchase' | 'embeddedPurchase'>(answers: Answers, name: E) =>
    ((question) => {
      const { pathname } = new URL(question.request.url)
      sent.push({ path: pathname, key: question.request.headers.get('Idempotency-Key') })
      return answers[name](question)
    }) as Answers[E]
  const panel = open({
    of: account,
    embeddedUrl: options.url ?? 'about:blank',
    answers: (usual) => {
      const answers = { ...usual, ...options.answers?.(usual) }
      return {
        ...answers,
        purchase: noted(answers, 'purchase'),
        embeddedPurchase: noted(answers, 'embeddedPurchase'),
      }
    },
  })
  return { ...panel, sent }
}

const popupText = () => find('dialog').textContent
const expectPopup = (text: string) => vi.waitFor(() => expect(popupText()).toContain(text))
const frame = () => find('iframe') as HTMLIFrameElement

async function buy(): Promise<void> {
  await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBeDefined())
  button('Buy credits').click()
  await vi.waitFor(() => expect(button('Buy').disabled).toBe(false))
  find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
}

/** As the page in the frame tells it. */
function tell(news: PageNews, from: Partial<MessageEventInit> = {}): void {
  const data = { kind: 'embedded-page', news }
  const { origin } = window.location
  const source = frame().contentWindow as unknown as MessageEventSource
  window.dispatchEvent(new MessageEvent('message', { data, origin, source, ...from }))
}

/** What the page is handed. */
function handedTo(window: Window | null) {
  if (!window) throw new Error('The frame has no window')
  return vi.spyOn(window, 'postMessage').mockReturnValue()
}

/** The page is ready; gives what it was handed. */
async function ready() {
  const handed = handedTo(frame().contentWindow)
  tell('ready')
  await vi.waitFor(() => expect(handed).toHaveBeenCalled())
  return handed.mock.calls[0]?.[0] as unknown
}

async function buyInside(): Promise<void> {
  await buy()
  await vi.waitFor(frame)
}

describe('paying inside the popup', () => {
  it('opens no tab, hands Stripe’s page its order, and ends by the account’s word', async () => {
    const { sent } = openPanel()
    await buyInside()
    expect(popupText()).toContain('Pay $25.00')
    expect(popupText()).toContain('Loading Stripe’s payment form…')
    expect(await ready()).toEqual({
      kind: 'embedded-pay',
      publishableKey: 'pk_test_panel',
      clientSecret: 'cs_test_panel_1_secret_panel',
    })
    tell('shown')
    await vi.waitFor(() => expect(popupText()).not.toContain('Loading'))
    account.pay('cs_test_panel_1')
    tell('completed')
    await expectPopup('Credits added')
    expect(document.querySelector('iframe')).toBeNull()
    expect(tabs).toEqual([])
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1)
    expect(sent.every(({ path }) => path === '/customers/credit/embedded')).toBe(true)
  })

  it('takes Stripe’s word that it was paid for no proof', async () => {
    openPanel()
    await buyInside()
    tell('completed')
    await expectPopup('Stripe has your payment')
    expect(popupText()).not.toContain('Credits added')
    expect(balanceStatus().dataset['credits']).toBe('2110')
  })

  it('keeps nothing that anybody could pay with', async () => {
    openPanel()
    await buyInside()
    await ready()
    const kept = JSON.stringify({ ...localStorage })
    expect(kept).toContain('cs_test_panel_1')
    expect(kept).not.toContain('secret_panel')
  })

  it.each([
    ['the service does not offer it', { features: ['return_url', 'idempotency'] }],
    ['nobody could look for it', { features: ['embedded_checkout', 'idempotency'] }],
    ['the host has no page for it', { url: null }],
  ])(
    'is not done where %s',
    async (_why, { features, url }: { features?: string[]; url?: null }) => {
      if (features) account.features = features
      open({ of: account, embeddedUrl: url === null ? null : 'about:blank' })
      await buy()
      await expectPopup('Waiting for your payment')
      expect(tabs).toHaveLength(1)
    },
  )

  it('hears nobody but the page in its frame', async () => {
    openPanel()
    await buyInside()
    tell('completed', { origin: 'https://elsewhere.invalid' })
    tell('completed', { source: window as unknown as MessageEventSource })
    await Promise.resolve()
    expect(popupText()).not.toContain('Stripe has your payment')
  })

  it('can be left and come back to, as the same purchase', async () => {
    const { sent } = openPanel()
    await buyInside()
    await ready()
    tell('escape')
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
    expect(document.querySelector('iframe')).toBeNull()
    button('Show').click()
    await vi.waitFor(frame)
    expect(await ready()).toMatchObject({ clientSecret: 'cs_test_panel_1_secret_panel' })
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1)
    expect(account.sessions.size).toBe(1)
  })

  it('says how it ended when it was paid while nobody looked', async () => {
    openPanel()
    await buyInside()
    account.pay('cs_test_panel_1')
    tell('ready')
    await expectPopup('Credits added')
  })

  it('goes with the login', async () => {
    const { host } = openPanel()
    await buyInside()
    host.logout()
    await vi.waitFor(() => expect(document.querySelector('iframe')).toBeNull())
  })

  it('recommends the way out when the form does not come', async () => {
    openPanel()
    await buyInside()
    handedTo(frame().contentWindow)
    vi.useFakeTimers()
    tell('ready')
    await vi.advanceTimersByTimeAsync(12_000)
    expect(popupText()).toContain('Still loading the payment form.')
    tell('shown')
    await vi.advanceTimersByTimeAsync(0)
    expect(popupText()).not.toContain('Still loading the payment form.')
  })
})

describe('the way out', () => {
  it('is a tab with a page of Stripe’s, for the same purchase', async () => {
    const { sent } = openPanel()
    await buyInside()
    await ready()
    button(TO_PAGE).click()
    await expectPopup('Waiting for your payment')
    expect(tabs).toMatchObject([
      { closed: false, urls: [expect.stringContaining('cs_test_panel_2')] },
    ])
    expect(document.querySelector('iframe')).toBeNull()
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1)
    expect(sent.at(-1)?.path).toBe('/customers/credit')
    account.pay('cs_test_panel_2')
    window.dispatchEvent(new Event('focus'))
    await expectPopup('Credits added')
  })

  it('is there with the reason when Stripe.js does not come, and a second try too', async () => {
    openPanel()
    await buyInside()
    await ready()
    tell('failed')
    await expectPopup('Stripe’s form could not be loaded')
    expect(document.querySelector('iframe')).toBeNull()
    button('Try again').click()
    await vi.waitFor(frame)
    expect(popupText()).not.toContain('could not be loaded')
    tell('failed')
    await vi.waitFor(() => button(TO_PAGE).click())
    await expectPopup('Waiting for your payment')
  })

  it('is a link when the browser blocks the tab', async () => {
    openPanel()
    await buyInside()
    blocked = true
    button(TO_PAGE).click()
    await expectPopup('The payment tab did not open')
    expect(find('a.cc-button-primary').getAttribute('href')).toContain('cs_test_panel_2')
  })

  it('finds out when it was paid inside at that very moment', async () => {
    openPanel({
      answers: () => ({
        purchase: () => {
          account.pay('cs_test_panel_1')
          return new HttpResponse(null, { status: 409 })
        },
      }),
    })
    await buyInside()
    button(TO_PAGE).click()
    await expectPopup('Credits added')
    expect(tabs).toMatchObject([{ closed: true, urls: [] }])
  })

  it('can be tried again when it could not be had', async () => {
    let away = true
    openPanel({
      answers: (usual) => ({
        purchase: (question) =>
          away ? new HttpResponse(null, { status: 429 }) : usual.purchase(question),
      }),
    })
    await buyInside()
    button(TO_PAGE).click()
    await vi.waitFor(() => expect(find('[role=alert]').textContent).not.toBe(''))
    expect(tabs).toMatchObject([{ closed: true }])
    away = false
    button(TO_PAGE).click()
    await expectPopup('Waiting for your payment')
  })

  it('is all there is when the service offers to pay inside no more', async () => {
    const { credits, element } = openPanel()
    await buyInside()
    account.features = ['return_url', 'idempotency', 'checkout_status']
    credits.dispose()
    element.remove()
    openPanel()
    await vi.waitFor(() => button('Show').click())
    await expectPopup('Pay $25.00 on the payment page.')
    expect(document.querySelector('iframe')).toBeNull()
    button(TO_PAGE).click()
    await vi.waitFor(() => expect(tabs[0]?.urls[0]).toContain('cs_test_panel_2'))
  })

  it.each([
    ['does not know it', 404],
    ['fails at it', 500],
    ['has another purchase under the key', 409],
  ])('is taken at once when the service %s, and waits for a click', async (_why, status) => {
    const { sent } = openPanel({
      answers: () => ({ embeddedPurchase: () => new HttpResponse(null, { status }) }),
    })
    await buy()
    await expectPopup('Open payment page')
    expect(tabs).toEqual([])
    expect(find('a.cc-button-primary').getAttribute('href')).toContain('cs_test_panel_1')
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1)
  })

  it('is not taken for what another way to pay would not change', async () => {
    const { sent } = openPanel({
      answers: () => ({
        embeddedPurchase: () =>
          HttpResponse.json({ code: 'amount-out-of-bounds' }, { status: 400 }),
      }),
    })
    await buy()
    await expectPopup('did not accept this amount')
    expect(sent).toHaveLength(1)
  })
})
