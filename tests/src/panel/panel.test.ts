import { delay, HttpResponse } from 'msw'
import { describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { manyEvents, sampleEvents } from '../../../sandbox/panel/sample-events.ts'
import { balanceStatus, button, find, panelTests, rows } from '../support/panel.ts'

const open = panelTests()
const expectCredits = (credits: string) =>
  vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe(credits))

describe('the balance', () => {
  it('is shown in credits first, with dollars beside it', async () => {
    open({ tab: 'overview' })
    await expectCredits('2110')
    expect(balanceStatus().dataset['usdCents']).toBe('1000')
    expect(balanceStatus().textContent).toMatch(/2,110.*credits.*\$10\.00/)
  })

  it('says why it is negative and what to buy to go on', async () => {
    open({ tab: 'overview', of: new PanelAccount(-4.2) })
    await expectCredits('-886.2')
    expect(document.body.textContent).toContain('Your balance is negative')
    expect(document.body.textContent).toContain('add at least $5')
  })

  it('says what to do when it is empty', async () => {
    open({ tab: 'overview', of: new PanelAccount(0, sampleEvents(Date.now())) })
    await expectCredits('0')
    await vi.waitFor(() => expect(document.body.textContent).toContain('No credits left'))
  })

  it('of a new account comes with what credits are for, and no empty tables', async () => {
    open({ tab: 'overview', of: new PanelAccount(0) })
    await vi.waitFor(() => expect(document.body.textContent).toContain('You have no credits yet'))
    expect(document.body.textContent).not.toContain('No credits left')
    expect(document.querySelectorAll('table, .cc-spending')).toHaveLength(0)
    button('Choose an amount').click()
    await vi.waitFor(() => find('dialog form'))
  })

  it('counts a new customer, whom the API does not know yet, as 0', async () => {
    open({
      tab: 'overview',
      answers: (usual) => ({
        ...usual,
        balance: () => HttpResponse.json({ message: 'unknown' }, { status: 404 }),
      }),
    })
    await expectCredits('0')
  })

  it('shows the last known figure with its age before the API has answered', async () => {
    localStorage.setItem(
      'comfyui-credits:balance:token:person',
      JSON.stringify({ usdMicros: 5_000_000, at: Date.now() - 3 * 60_000 }),
    )
    open({
      tab: 'overview',
      answers: (usual) => ({ ...usual, balance: () => HttpResponse.error() }),
    })
    await vi.waitFor(() => expect(document.body.textContent).toContain('Last updated 3 min. ago'))
    expect(balanceStatus().dataset['credits']).toBe('1055')
  })

  it('shows no figure, and no zero, when none is known', async () => {
    open({
      tab: 'overview',
      answers: (usual) => ({
        ...usual,
        balance: async () => {
          await delay('infinite')
          return HttpResponse.error()
        },
      }),
    })
    await vi.waitFor(() => expect(balanceStatus().textContent).toContain('Loading balance'))
    expect(balanceStatus().dataset['credits']).toBeUndefined()
  })

  it('keeps the old figure on screen when a refresh fails, and says so', async () => {
    let fail = false
    open({
      tab: 'overview',
      answers: (usual) => ({
        ...usual,
        balance: (question) =>
          fail ? HttpResponse.json({}, { status: 500 }) : usual.balance(question),
      }),
    })
    await expectCredits('2110')
    fail = true
    button('Refresh balance').click()
    await vi.waitFor(() => expect(find('[role=alert]').textContent).toContain('has a problem'))
    expect(balanceStatus().dataset['credits']).toBe('2110')
  })

  it('follows the API at Refresh balance', async () => {
    const { account } = open({ tab: 'overview' })
    await expectCredits('2110')
    account.usdMicros = 1_000_000
    button('Refresh balance').click()
    await expectCredits('211')
  })
})

describe('the history', () => {
  it('lists runs, top-ups, adjustments and what it does not know, newest first', async () => {
    open({ of: new PanelAccount(10, sampleEvents(Date.now())) })
    await vi.waitFor(() => expect(rows()).toHaveLength(10))
    expect(rows().map((row) => row.dataset['kind'])).toEqual([
      'run',
      'run',
      'top-up',
      'run',
      'run',
      'dispute',
      'refund',
      'adjustment',
      'other',
      'account',
    ])
    const [newest, chat] = rows()
    expect(newest?.dataset['credits']).toBe('-12.66')
    expect(newest?.dataset['status']).toBe('succeeded')
    expect(chat?.textContent).toContain('1,840 in, 612 out')
    expect(rows('top-up')[0]?.dataset['credits']).toBe('5275')
    expect(rows('refund')[0]?.textContent).toContain('Payment refunded')
    expect(rows('dispute')[0]?.dataset['credits']).toBe('-2110')
    expect(rows('other')[0]?.textContent).toContain('storage_fee_settled')
  })

  it('is a table with a name', async () => {
    open({ of: new PanelAccount(10, sampleEvents(Date.now())) })
    await vi.waitFor(() => expect(find('table').getAttribute('aria-label')).toBe('Credit history'))
  })

  it('loads older pages when asked, and then offers no more', async () => {
    open({ of: new PanelAccount(10, manyEvents(Date.now(), 70)) })
    await vi.waitFor(() => expect(rows()).toHaveLength(50))
    button('Load more').click()
    await vi.waitFor(() => expect(rows()).toHaveLength(70))
    expect(() => button('Load more')).toThrow('No button')
  })

  it('says what will be listed when there is nothing yet', async () => {
    open()
    await vi.waitFor(() => expect(document.body.textContent).toContain('Nothing here yet'))
  })

  it('says what went wrong and recovers when asked again', async () => {
    let fail = true
    open({
      of: new PanelAccount(10, sampleEvents(Date.now())),
      answers: (usual) => ({
        ...usual,
        events: (question) => (fail ? HttpResponse.error() : usual.events(question)),
      }),
    })
    await vi.waitFor(() =>
      expect(find('.cc-history [role=alert]').textContent).toContain('cannot be reached'),
    )
    fail = false
    button('Try again').click()
    await vi.waitFor(() => expect(rows()).toHaveLength(10))
  })
})

describe('the panel', () => {
  it('is a region named Credits with the facts people ask for', async () => {
    open({ tab: 'overview' })
    await vi.waitFor(() => find('.cc-facts'))
    const title = find('section[role=region]').getAttribute('aria-labelledby')
    expect(document.getElementById(title ?? '')?.textContent).toBe('Credits')
    for (const fact of ['211 credits', 'one year', 'not refunded', 'Alipay', 'below zero']) {
      expect(find('.cc-facts').textContent).toContain(fact)
    }
  })

  it('writes no style outside its own root', async () => {
    const { element } = open()
    await expectCredits('2110')
    button('Buy credits').click()
    await vi.waitFor(() => find('dialog'))
    const foreign = [...document.querySelectorAll('style')].filter((tag) => !element.contains(tag))
    expect(foreign).toEqual([])
    expect(document.body.getAttribute('style')).toBeNull()
  })

  it('asks for the history only once it is shown, and for the balance at once', async () => {
    const { asked, credits, element } = open({ shown: false })
    await vi.waitFor(() => expect(asked).toContain('GET /customers/balance'))
    expect(asked).not.toContain('GET /customers/events')
    credits.mount(element)
    await vi.waitFor(() => expect(asked).toContain('GET /customers/events'))
  })

  it('comes and goes with the host’s dialog', async () => {
    const { credits, element } = open()
    await expectCredits('2110')
    credits.unmount()
    expect(element.childElementCount).toBe(0)
    credits.mount(element)
    await expectCredits('2110')
  })

  it('writes figures in the language of its texts, which need not be the host’s', async () => {
    const { host } = open()
    await expectCredits('2110')
    host.speak('de')
    await nextTick()
    expect(balanceStatus().textContent).toContain('2,110')
  })

  it('survives a language that does not exist', async () => {
    open({ locale: 'not a language' })
    await expectCredits('2110')
    expect(balanceStatus().textContent).toContain('2,110')
  })
})
