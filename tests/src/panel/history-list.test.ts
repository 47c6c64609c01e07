import { describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { manyEvents, sampleEvents } from '../../../sandbox/panel/sample-events.ts'
import { button, find, panelTests, rows } from '../support/panel.ts'

const open = panelTests()
const FIRST = { id: 'token:first', login: 'token' } as const
const SECOND = { id: 'token:second', login: 'token' } as const

const someEvents = () => new PanelAccount(10, sampleEvents(Date.now()))
const ALL = 10
const search = () => find('input[type=text]') as HTMLInputElement
const result = () => find('.cc-result p').textContent
const kinds = () => rows().map(({ dataset }) => dataset['kind'])
const focusedLine = () => document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')

function type(text: string): void {
  search().value = text
  search().dispatchEvent(new Event('input'))
}

function choose(label: string): void {
  const labels = [...document.querySelectorAll('.cc-filters label')]
  const found = labels.find(({ textContent }) => textContent.includes(label))
  if (!found) throw new Error(`No ${label} in ${find('.cc-filters').textContent}`)
  found.querySelector('input')?.click()
}

function select(name: string, value: string): void {
  const label = [...document.querySelectorAll('label')].find(({ textContent }) =>
    textContent.includes(name),
  )
  const field = label?.querySelector('select')
  if (!field) throw new Error(`No ${name}`)
  field.value = value
  field.dispatchEvent(new Event('change'))
}

function press(key: string): void {
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
}

const expectAllRows = () => vi.waitFor(() => expect(rows()).toHaveLength(ALL))

describe('the list of the history', () => {
  it('shows what was searched for, what it comes to, and everything again', async () => {
    open({ of: someEvents() })
    await expectAllRows()
    type('samplevideo')
    await vi.waitFor(() => expect(rows()).toHaveLength(2))
    expect(result()).toBe('2 of 10 · 253.20 credits ($1.20) spent')
    button('Clear the search').click()
    await expectAllRows()
    type('nothing of the kind')
    await vi.waitFor(() => expect(document.body.textContent).toContain('No results'))
    button('Reset filters').click()
    await expectAllRows()
  })

  it('says in its filters what there is, and how many are set', async () => {
    open({ of: someEvents() })
    await expectAllRows()
    button('Filters').click()
    await vi.waitFor(() => find('.cc-filters'))
    choose('Top-ups')
    await vi.waitFor(() => expect(kinds()).toEqual(['top-up']))
    choose('Disputes')
    await vi.waitFor(() => expect(kinds()).toEqual(['top-up', 'dispute']))
    expect(button('Filters (1 set)').getAttribute('aria-expanded')).toBe('true')
    choose('Top-ups')
    await vi.waitFor(() => expect(kinds()).toEqual(['dispute']))
    choose('Disputes')
    await expectAllRows()
  })

  it('is grouped under heads that say what their rows come to, and fold', async () => {
    open({ of: someEvents() })
    await expectAllRows()
    select('Group by', 'model')
    const heads = () => [...document.querySelectorAll('.cc-group button')] as HTMLElement[]
    await vi.waitFor(() => expect(heads()).toHaveLength(3))
    const [unknown, known, other] = heads().map(({ textContent }) => textContent)
    expect(unknown).toContain('Unknown')
    expect(known).toContain('lexis-large')
    expect(known).toContain('1 entry')
    expect(other).toContain('Top-ups and other changes')
    heads()[2]?.click()
    await vi.waitFor(() => expect(rows()).toHaveLength(4))
    expect(heads()[2]?.getAttribute('aria-expanded')).toBe('false')
  })

  it('is ordered by the heads of its columns, which say how', async () => {
    open({ of: someEvents() })
    await expectAllRows()
    const credits = find('th.cc-cell-credits')
    credits.querySelector('button')?.click()
    await vi.waitFor(() => expect(credits.getAttribute('aria-sort')).toBe('ascending'))
    const amounts = rows().map(({ dataset }) => dataset['credits'])
    expect(amounts.slice(0, 3)).toEqual(['-2110', '-1055', '-253.2'])
    expect(amounts.at(-1)).toBeUndefined()
    expect(document.querySelectorAll('[aria-sort]')).toHaveLength(1)
  })

  it('is seen the same way again by the same person, and by nobody else', async () => {
    const first = open({ of: someEvents(), account: FIRST })
    await expectAllRows()
    type('samplevideo')
    await vi.waitFor(() => expect(rows()).toHaveLength(2))
    first.credits.dispose()
    document.body.replaceChildren()

    const second = open({ of: someEvents(), account: SECOND })
    await expectAllRows()
    expect(search().value).toBe('')
    second.host.login(FIRST)
    await vi.waitFor(() => expect(rows()).toHaveLength(2))
    expect(search().value).toBe('samplevideo')
  })

  it('takes what was kept for nothing where it makes no sense', async () => {
    localStorage.setItem(`comfyui-credits:history-view:${FIRST.id}`, '{"filter":{"text":7}}')
    open({ of: someEvents(), account: FIRST })
    await expectAllRows()
  })

  it('loads all that there is for a filter that the loaded part cannot answer', async () => {
    open({ of: new PanelAccount(10, manyEvents(Date.now(), 130)) })
    await vi.waitFor(() => expect(rows()).toHaveLength(50))
    type('many-129')
    await vi.waitFor(() => expect(rows()).toHaveLength(0))
    expect(document.body.textContent).toContain('older events that are not loaded')
    button('Load all').click()
    await vi.waitFor(() => expect(rows()).toHaveLength(1))
    await vi.waitFor(() => expect(document.body.textContent).toContain('End of history'))
  })
})

describe('the keyboard in the list', () => {
  it('goes from row to row, to the ends, and opens', async () => {
    open({ of: someEvents() })
    await expectAllRows()
    const reached = () => [...document.querySelectorAll<HTMLElement>('.cc-row-focus[tabindex="0"]')]
    expect(reached()).toHaveLength(1)
    reached()[0]?.focus()
    expect(focusedLine()).toBe('2')
    press('ArrowDown')
    await vi.waitFor(() => expect(focusedLine()).toBe('3'))
    press('End')
    await vi.waitFor(() => expect(focusedLine()).toBe('11'))
    press('ArrowDown')
    press('Home')
    await vi.waitFor(() => expect(focusedLine()).toBe('2'))
    ;(document.activeElement as HTMLElement).click()
    await vi.waitFor(() => find('.cc-opened'))
    press('ArrowDown')
    await vi.waitFor(() => expect(focusedLine()).toBe('4'))
    expect(reached()).toHaveLength(1)
  })

  it('goes from end to end of more rows than are drawn', async () => {
    open({ of: new PanelAccount(10, manyEvents(Date.now(), 130)) })
    await vi.waitFor(() => expect(rows()).toHaveLength(50))
    type('SampleImage')
    const all = await vi.waitFor(() => button('Load all'))
    all.click()
    const last = await vi.waitFor(() => {
      const count = Number(find('table').getAttribute('aria-rowcount'))
      expect(count).toBeGreaterThan(100)
      return `${count}`
    })
    find('.cc-row-focus').focus()
    for (const [key, line] of [
      ['End', last],
      ['Home', '2'],
      ['End', last],
    ] as const) {
      press(key)
      // The line that is left is not drawn any more when the other one is.
      await nextTick()
      await nextTick()
      expect(focusedLine()).toBe(line)
    }
  })

  it('is left to what is in an opened row', async () => {
    open({ of: someEvents() })
    await expectAllRows()
    find('button.cc-row-focus').click()
    const copy = await vi.waitFor(() => find('.cc-opened button'))
    copy.focus()
    press('ArrowDown')
    expect(document.activeElement).toBe(copy)
  })

  it('stays in the list when its row is filtered away', async () => {
    open({ of: someEvents() })
    await expectAllRows()
    find('tr[data-kind="top-up"] .cc-row-focus').focus()
    await vi.waitFor(() => expect(focusedLine()).toBe('4'))
    type('samplevideo')
    await vi.waitFor(() => expect(rows()).toHaveLength(2))
    await vi.waitFor(() => expect(focusedLine()).toBe('3'))
  })
})
