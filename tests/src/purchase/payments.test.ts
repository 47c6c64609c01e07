import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Progress } from '../../../src/purchase/flow.ts'
import { keepPurchase } from '../../../src/purchase/kept.ts'
import { supportText } from '../../../src/purchase/support-text.ts'
import { button, find, panelTests } from '../support/panel.ts'

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

const list = () => [...document.querySelectorAll<HTMLElement>('[data-step]')]

describe('the list of payments', () => {
  it('is not there while nothing was bought', () => {
    open()
    expect(document.querySelector('section[aria-label=Payments]')).toBeNull()
  })

  it('has this account’s purchases, newest first, and none of another’s', async () => {
    keepPurchase(localStorage, 'token:person', credited('a1', 1000))
    keepPurchase(localStorage, 'token:other', credited('a2', 2000))
    const { host } = open()
    await vi.waitFor(() => expect(list()).toHaveLength(1))
    expect(find('section[aria-label=Payments]').textContent).toContain('$25.00Credits added')
    host.login({ id: 'token:third', login: 'token' })
    await vi.waitFor(() => expect(list()).toHaveLength(0))
  })

  it('begins with the newest three', async () => {
    for (const index of [1, 2, 3, 4, 5]) {
      keepPurchase(localStorage, 'token:person', credited(`a${index}`, index * 1000))
    }
    open()
    await vi.waitFor(() => expect(list()).toHaveLength(3))
    button('Show 2 more').click()
    await vi.waitFor(() => expect(list()).toHaveLength(5))
  })

  it('says what it has copied, and shows it', async () => {
    keepPurchase(localStorage, 'token:person', credited('a1', 1000))
    open()
    const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
    await vi.waitFor(() => button('Copy for support').click())
    await vi.waitFor(() => expect(find('.cc-payment').textContent).toContain('Copied'))
    expect(written).toHaveBeenCalledWith(supportText(credited('a1', 1000), 'token:person'))
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
