import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { createPanelHost } from '../../../sandbox/panel/host.ts'
import { ApiError, type Api } from '../../../src/api/port.ts'
import { writeLastKnown } from '../../../src/balance/last-known.ts'
import BalanceCard from '../../../src/balance/BalanceCard.vue'
import BalanceNotices from '../../../src/balance/BalanceNotices.vue'
import { viewTests } from '../support/view.ts'

const open = viewTests()

/** As in the panel, which shows the notices above its tabs and the card in one of them. */
const CardWithNotices = defineComponent(
  () => () => h('div', [h(BalanceNotices, { saysEmpty: true }), h(BalanceCard)]),
)

/** The card of a person whose account the API answers for so; `cents` of the wire. */
function openCard(balance: () => Promise<object>) {
  const call = (() => balance) as unknown as Api['call']
  return open(CardWithNotices, { host: createPanelHost(), api: { call } })
}
const answers = (parts: Readonly<Record<string, number>>) => () =>
  Promise.resolve({ currency: 'usd', ...parts })
const never = () => new Promise<never>(() => {})

const figureOf = (card: Awaited<ReturnType<typeof openCard>>) => card.get('[role=status]')

describe('the card of the balance', () => {
  it('shows credits, and dollars beside them', async () => {
    const card = await openCard(answers({ amount_micros: 1000 }))
    await vi.waitFor(() => expect(figureOf(card).attributes('data-credits')).toBe('2110'))
    expect(figureOf(card).attributes('data-usd-cents')).toBe('1000')
    expect(figureOf(card).get('.cc-balance-credits').text()).toBe('2,110')
    expect(figureOf(card).get('.cc-balance-usd').text()).toBe('$10.00')
    expect(card.find('.cc-notice').exists()).toBe(false)
  })

  it('lists what the balance is made of only where that says more than the total', async () => {
    const parts = { prepaid_balance_micros: 700, cloud_credit_balance_micros: 300 }
    const card = await openCard(answers({ amount_micros: 1000, ...parts }))
    const figures = () => card.findAll('.cc-balance-parts dd').map((part) => part.text())
    await vi.waitFor(() => expect(figures()).toEqual(['633', '1,477']))

    const plain = await openCard(answers({ amount_micros: 1000, prepaid_balance_micros: 1000 }))
    await vi.waitFor(() => expect(figureOf(plain).attributes('data-credits')).toBe('2110'))
    expect(plain.find('.cc-balance-parts').exists()).toBe(false)
  })

  it('takes pending charges away', async () => {
    const parts = { prepaid_balance_micros: 1000, pending_charges_micros: 100 }
    const card = await openCard(answers({ amount_micros: 1000, ...parts }))
    const figures = () => card.findAll('.cc-balance-parts dd').map((part) => part.text())
    await vi.waitFor(() => expect(figures()).toEqual(['2,110', '−211']))
  })

  it('shows the last known figure as old until the API has answered', async () => {
    writeLastKnown(localStorage, 'token:person', { usdMicros: 5_000_000, at: Date.now() })
    const card = await openCard(never)
    expect(figureOf(card).attributes('data-credits')).toBe('1055')
    expect(figureOf(card).classes()).toContain('cc-balance-old')
    expect(card.get('button').attributes('aria-busy')).toBe('true')
  })

  it('shows no figure, and no zero, while none is known', async () => {
    const card = await openCard(never)
    expect(figureOf(card).attributes('data-credits')).toBeUndefined()
    expect(figureOf(card).text()).not.toMatch(/\d/)
  })

  it.each([
    ['empty', 0, 'cc-notice-info', ''],
    ['negative by a little: the smallest top-up is enough', -1, 'cc-notice-bad', '$5'],
    ['negative by much: whole dollars more than what is missing', -1250, 'cc-notice-bad', '$13'],
  ])('says what to do where it is %s', async (_what, cents, look, usd) => {
    const card = await openCard(answers({ amount_micros: cents }))
    const notice = await vi.waitUntil(() => {
      const found = card.find('.cc-notice')
      return found.exists() && found
    })
    expect(notice.classes()).toContain(look)
    expect(notice.text()).toContain(usd)
  })

  it('keeps the figure beside an alert when a refresh fails, and recovers at the next', async () => {
    const balance = vi.fn(answers({ amount_micros: 1000 }))
    const card = await openCard(balance)
    await vi.waitFor(() => expect(figureOf(card).attributes('data-credits')).toBe('2110'))

    balance.mockRejectedValueOnce(new ApiError('offline', 'No network'))
    await card.get('button').trigger('click')
    await vi.waitFor(() => expect(card.find('[role=alert]').exists()).toBe(true))
    expect(figureOf(card).attributes('data-credits')).toBe('2110')

    await card.get('button').trigger('click')
    await vi.waitFor(() => expect(card.find('[role=alert]').exists()).toBe(false))
  })

  it('has room for what a panel puts beside the figure', async () => {
    const card = await open(BalanceCard, { slot: 'Buy' })
    expect(card.get('.cc-balance-foot').text()).toContain('Buy')
  })
})
