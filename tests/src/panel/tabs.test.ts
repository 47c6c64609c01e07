import { HttpResponse } from 'msw'
import { describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { manyEvents, sampleEvents } from '../../../sandbox/panel/sample-events.ts'
import { balanceStatus, button, find, panelTests, rows } from '../support/panel.ts'

const open = panelTests()
const used = () => new PanelAccount(10, sampleEvents(Date.now()))
const selected = () => find('[role=tab][aria-selected=true]').textContent
const latest = () => [...document.querySelectorAll<HTMLElement>('.cc-latest tbody tr')]
const searched = () => find('[role=search] input') as HTMLInputElement

describe('the tabs', () => {
  it('are remembered for each login, and a new one begins with Overview', async () => {
    const { host, credits, element } = open({ tab: 'settings' })
    await vi.waitFor(() => find('.cc-about'))
    credits.unmount()
    credits.mount(element)
    await vi.waitFor(() => expect(selected()).toBe('Settings'))
    host.login({ id: 'token:somebody-else', login: 'token' })
    await vi.waitFor(() => expect(selected()).toBe('Overview'))
    host.login({ id: 'token:person', login: 'token' })
    await vi.waitFor(() => expect(selected()).toBe('Settings'))
  })

  it('stay as they were left, and coming back asks for nothing', async () => {
    const { asked, credits } = open({ tab: 'history', of: used() })
    await vi.waitFor(() => expect(rows()).toHaveLength(10))
    searched().value = 'Chat'
    const before = asked.length
    await credits.enter('settings')
    await vi.waitFor(() => find('.cc-about'))
    await credits.enter('history')
    expect(searched().value).toBe('Chat')
    expect(asked).toHaveLength(before)
  })

  it('have the balance, its refresh and Buy on each of them', async () => {
    const { credits } = open({ tab: 'overview' })
    for (const tab of ['overview', 'history', 'settings'] as const) {
      await credits.enter(tab)
      await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
      button('Refresh balance')
      button('Buy credits')
    }
  })

  it.each([
    ['the balance', false],
    ['both the balance and the history', true],
  ])('each say once that %s cannot be read', async (_what, both) => {
    const answer = () => HttpResponse.json({}, { status: 500 })
    const { credits } = open({
      tab: 'overview',
      answers: (usual) => ({ ...usual, balance: answer, ...(both && { events: answer }) }),
    })
    for (const tab of ['overview', 'history', 'settings'] as const) {
      await credits.enter(tab)
      await vi.waitFor(() => {
        const alerts = [...document.querySelectorAll<HTMLElement>('[role=alert]')]
        const seen = alerts.filter(
          (alert) => alert.closest<HTMLElement>('[role=tabpanel]')?.style.display !== 'none',
        )
        expect(seen.map(({ textContent }) => textContent)).toEqual([
          expect.stringContaining('has a problem'),
        ])
      })
    }
  })

  it('are entered at the heading, with Buy next', async () => {
    const { credits } = open({ tab: 'overview' })
    await vi.waitFor(() => button('Buy credits'))
    await credits.enter('overview')
    expect(document.activeElement).toBe(find('h2'))
    const focusable = [...document.querySelectorAll('button, a, [tabindex="0"]')]
    expect(focusable[0]).toBe(button('Buy credits'))
  })
})

describe('Overview', () => {
  it('has the latest runs, as the history has them', async () => {
    open({ tab: 'overview', of: used() })
    await vi.waitFor(() => expect(latest()).toHaveLength(4))
    expect(find('.cc-latest table').getAttribute('aria-label')).toBe('Latest runs')
    expect(latest()[0]?.dataset).toMatchObject({
      kind: 'run',
      credits: '-12.66',
      status: 'succeeded',
      certainty: 'proved',
    })
  })

  it('says of which part its figures are, until all is loaded', async () => {
    open({ tab: 'overview', of: new PanelAccount(10, manyEvents(Date.now(), 130)) })
    const spending = () => find('section[aria-label=Spending]').textContent
    await vi.waitFor(() => expect(spending()).toContain('Only the 50 newest of 130'))
    expect(spending()).toContain('at least')
    button('Load all').click()
    await vi.waitFor(() => expect(spending()).toContain('130 runs in 30 days'))
    expect(spending()).not.toContain('Only the')
    expect(spending()).not.toContain('at least')
  })

  it('leads from a part of its chart to these rows of the history', async () => {
    open({ tab: 'overview', of: used() })
    const names = await vi.waitFor(() => find('.cc-spending-legend'))
    const video = [...names.querySelectorAll('button')].find((one) =>
      one.textContent.includes('SampleVideo'),
    )
    // As a person does it, from whom nothing takes the focus back.
    video?.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    video?.click()
    await vi.waitFor(() => expect(selected()).toBe('History'))
    expect(document.activeElement).toBe(find('[role=tab][aria-selected=true]'))
    const listed = () => rows().filter((row) => !row.closest('.cc-latest'))
    await vi.waitFor(() => expect(listed().length).toBeGreaterThan(0))
    expect(listed().every((row) => row.textContent.includes('SampleVideo'))).toBe(true)
  })

  it('offers once, after the third paid run, to say what each costs', async () => {
    const of = used()
    const { host, credits } = open({ tab: 'overview', of })
    await vi.waitFor(() => button('Notify me'))
    button('Notify me').click()
    await vi.waitFor(() => expect(host.isOn('toast')).toBe(true))
    credits.dispose()
    document.body.replaceChildren()
    open({ tab: 'overview', of })
    await vi.waitFor(() => expect(latest()).toHaveLength(4))
    expect(() => button('Notify me')).toThrow('No button')
  })
})

describe('Settings', () => {
  it('switches what ComfyUI’s own settings switch', async () => {
    const { host } = open({ tab: 'settings', options: ['badge'] })
    const toggles = await vi.waitFor(() => {
      const found = [...document.querySelectorAll<HTMLInputElement>('[role=switch]')]
      expect(found).toHaveLength(6)
      return found
    })
    expect(toggles.map(({ checked }) => checked)).toEqual([true, false, false, false, false, false])
    toggles[0]?.click()
    await vi.waitFor(() => expect(host.isOn('badge')).toBe(false))
    host.choose('toast', true)
    await vi.waitFor(() => expect(toggles[2]?.checked).toBe(true))
  })
})
