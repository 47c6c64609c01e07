import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { hostileTexts, runNamed, type Raw } from '../../support/builders/hostile.ts'
import { panelTests, rows } from '../support/panel.ts'

const open = panelTests()
beforeAll(() => import('../../../src/history/RowDetails.vue'))
beforeAll(() => import('../../../src/run-status/RunningLine.vue'))

/** What steers a line, a paragraph or a terminal. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u
/** A little more than the longest name that is shown. */
const LONGEST = 320

const errors = vi.fn()
beforeEach(() => window.addEventListener('error', errors))
afterEach(() => {
  window.removeEventListener('error', errors)
  errors.mockReset()
})

function textsOnScreen(): string[] {
  const found: string[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement?.localName !== 'style') found.push(node.textContent?.trim() ?? '')
  }
  return found
}

/** What the account says of a run, and of something else, in these words. */
function eventsNamed(name: string) {
  const params = { model: name, api_name: name, node_type: name, charge_micro_usd: 60_000 }
  const createdAt = new Date().toISOString()
  return [
    {
      event_id: 'e1',
      event_type: 'api_usage_completed',
      createdAt,
      params: { ...params, job_id: name },
    },
    { event_id: name, event_type: name, createdAt: name, params: { [name]: name } },
  ]
}

describe('names that anybody may choose, on screen', () => {
  it.each(Object.entries(hostileTexts))('%s is text of one line, and no more', async (_, name) => {
    const { title } = document
    const { host } = open({
      of: new PanelAccount(10, eventsNamed(name)),
      names: { type: name, title: name, workflow: name },
    })
    await vi.waitFor(() => expect(rows()).toHaveLength(2))
    // A longer one is no id, and no run.
    const events = runNamed(name.length > 200 ? 'p1' : name)
    const end = events.findIndex(([type]) => type === 'execution_error')
    const tell = ([type, detail]: Raw) => host.tell({ type, detail, at: Date.now() })
    events.slice(0, end).forEach(tell)
    await vi.waitFor(() => expect(document.querySelector('.cc-running')).not.toBeNull())
    expect(textsOnScreen().filter((text) => STEERING.test(text))).toEqual([])
    events.slice(end).forEach(tell)
    await vi.waitFor(() => expect(rows('refused')).toHaveLength(1))
    for (const row of rows('run')) row.querySelector<HTMLElement>('[aria-expanded=false]')?.click()
    await vi.waitFor(() => expect(document.querySelector('.cc-calls tbody tr')).not.toBeNull())
    const shown = textsOnScreen()
    expect(shown.filter((text) => STEERING.test(text))).toEqual([])
    expect(shown.filter((text) => text.length > LONGEST)).toEqual([])
    expect(document.querySelectorAll('img, script, b')).toHaveLength(0)
    expect([document.title, errors.mock.calls]).toEqual([title, []])
  })
})

it('an amount that cannot be money makes its own row unreadable, and no other', async () => {
  const createdAt = new Date().toISOString()
  const odd = { event_id: 'e1', event_type: 'credit_added', createdAt, params: { amount: 1e308 } }
  const sound = { event_id: 'e2', event_type: 'credit_added', createdAt, params: { amount: 500 } }
  open({ of: new PanelAccount(10, [odd, sound]) })
  await vi.waitFor(() => expect(rows('top-up')).toHaveLength(2))
  const [first, second] = rows('top-up')
  await vi.waitFor(() => expect(first?.textContent).toContain('Unreadable amount: 1e+308'))
  expect(second?.dataset['credits']).toBe('1055')
})
