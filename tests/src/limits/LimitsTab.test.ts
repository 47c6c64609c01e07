import 'fake-indexeddb/auto'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { Limit, LimitSettings } from '../../../src/limits/limit.ts'
import { noLimits } from '../../../src/limits/limit.ts'
import { addStopped } from '../../../src/limits/stopped-run.ts'
import { readSettings, storeSettings } from '../../../src/limits/stored-settings.ts'
import { button, find, panelTests } from '../support/panel.ts'

const open = panelTests()
const ACCOUNT = 'token:person'

const limit = (change: Partial<Limit> = {}): Limit => ({
  id: 'a',
  period: 'day',
  scope: { kind: 'all' },
  usdMicros: usdMicrosFromCredits(20),
  action: 'stop',
  ...change,
})
const stored = () => readSettings(localStorage, ACCOUNT)
const store = (settings: Partial<LimitSettings>) =>
  storeSettings(localStorage, ACCOUNT, { ...noLimits, ...settings })
const list = () => find('ul[aria-label="Spending limits"]')
const titles = () => [...list().querySelectorAll('h4')].map(({ textContent }) => textContent.trim())
const status = () => find('.cc-limits-news [role=status]').textContent
const field = (label: string) => {
  const found = [...document.querySelectorAll('.cc-limits label')].find(
    ({ textContent }) => textContent === label,
  )
  return find(`[id="${found?.getAttribute('for')}"]`) as HTMLInputElement
}
function type(label: string, value: string): void {
  field(label).value = value
  for (const event of ['input', 'change']) field(label).dispatchEvent(new Event(event))
}
const submit = () => find('.cc-limit-form').dispatchEvent(new Event('submit', { cancelable: true }))
const noteOf = (input: HTMLElement) =>
  find(`[id="${input.getAttribute('aria-describedby')}"]`).textContent.trim()

async function opened(): Promise<void> {
  open({ tab: 'limits' })
  await vi.waitFor(() => find('.cc-limits'))
}

beforeAll(() => import('../../../src/limits/LimitsTab.vue'))
beforeAll(() => import('../../../locales/en/limits.json'))
beforeEach(() => localStorage.clear())

describe('limits', () => {
  it('begin with suggestions, and one press adds one and moves the focus to it', async () => {
    await opened()
    expect(find('.cc-limits-empty').textContent).toContain('No limits yet')
    button('200 credits per day').click()
    await vi.waitFor(() => expect(titles()).toEqual(['200 credits per day $0.95']))
    expect(document.activeElement).toBe(find('h4', list()))
    expect(status()).toBe('Added: 200 credits per day')
    expect(stored().limits).toMatchObject([{ period: 'day', action: 'stop' }])
  })

  it('are added by a form, which says at its field what is wrong and keeps the rest', async () => {
    await opened()
    button('Add a limit').click()
    await vi.waitFor(() => expect(document.activeElement).toBe(field('Amount in credits')))
    field('Period').value = 'week'
    field('Period').dispatchEvent(new Event('change'))
    type('Amount in credits', 'many')
    submit()
    await vi.waitFor(() =>
      expect(noteOf(field('Amount in credits'))).toBe('Enter an amount of credits, such as 100.'),
    )
    expect(field('Amount in credits').getAttribute('aria-invalid')).toBe('true')
    expect(field('Amount in credits').value).toBe('many')
    type('Amount in credits', '1,000 credits')
    await vi.waitFor(() => expect(noteOf(field('Amount in credits'))).toBe('$4.74'))
    submit()
    await vi.waitFor(() => expect(titles()).toEqual(['1,000 credits per week $4.74']))
  })

  it('are changed in their own place, with the focus back on Edit', async () => {
    store({ limits: [limit(), limit({ id: 'b', period: 'run' })] })
    await opened()
    button('Edit').click()
    await vi.waitFor(() => expect(field('Amount in credits').value).toBe('20'))
    type('Amount in credits', '30')
    field('When it is reached').value = 'warn'
    field('When it is reached').dispatchEvent(new Event('change'))
    submit()
    await vi.waitFor(() =>
      expect(titles()).toEqual(['30 credits per day $0.14', '20 credits per run $0.09']),
    )
    expect(stored().limits[0]).toMatchObject({ id: 'a', action: 'warn' })
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Edit')))
  })

  it('are as they were after Escape in the form, and the host’s dialog stays', async () => {
    store({ limits: [limit()] })
    await opened()
    button('Edit').click()
    await vi.waitFor(() => field('Amount in credits'))
    type('Amount in credits', '30')
    const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true })
    const heard = vi.fn<(event: Event) => void>()
    document.addEventListener('keydown', heard, { once: true })
    field('Amount in credits').dispatchEvent(escape)
    document.removeEventListener('keydown', heard)
    expect(heard).not.toHaveBeenCalled()
    await vi.waitFor(() => expect(titles()).toEqual(['20 credits per day $0.09']))
  })

  it('come back in their place when their removal is undone', async () => {
    store({ limits: [limit(), limit({ id: 'b', period: 'run' })] })
    await opened()
    button('Remove').click()
    await vi.waitFor(() => expect(titles()).toEqual(['20 credits per run $0.09']))
    expect(status()).toBe('Removed: 20 credits per day')
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Undo')))
    button('Undo').click()
    await vi.waitFor(() => expect(stored().limits.map(({ id }) => id)).toEqual(['a', 'b']))
    await vi.waitFor(() =>
      expect(document.activeElement?.textContent).toContain('20 credits per day'),
    )
  })

  it('say how far they are used, for everybody', async () => {
    store({ limits: [limit({ scope: { kind: 'model', model: 'aurora' } })] })
    await opened()
    const bar = await vi.waitFor(() => find('[role=progressbar]', list()))
    expect(bar.getAttribute('aria-label')).toBe('20 credits per day, Model: aurora')
    expect(bar.getAttribute('aria-valuetext')).toBe('0 of 20 credits today, resets at midnight')
    expect(list().textContent).toContain('0 of 20 credits today')
    expect(find('.cc-limits').textContent).toContain('guard this browser, not your account')
  })

  it('of another tab arrive', async () => {
    await opened()
    store({ limits: [limit()] })
    window.dispatchEvent(new StorageEvent('storage', { key: `comfyui-credits:limits:${ACCOUNT}` }))
    await vi.waitFor(() => expect(titles()).toEqual(['20 credits per day $0.09']))
  })
})

describe('alerts', () => {
  it('are switched on with an amount, which is stored once it is right', async () => {
    await opened()
    field('Warn me when my balance is low').click()
    await vi.waitFor(() => expect(document.activeElement).toBe(field('Warn below (credits)')))
    expect(stored().lowBalanceUsdMicros).toBe(usdMicrosFromCredits(200))
    type('Warn below (credits)', '0')
    await vi.waitFor(() =>
      expect(noteOf(field('Warn below (credits)'))).toBe('Enter more than 0 credits.'),
    )
    expect(stored().lowBalanceUsdMicros).toBe(usdMicrosFromCredits(200))
    type('Warn below (credits)', '50')
    await vi.waitFor(() => expect(stored().lowBalanceUsdMicros).toBe(usdMicrosFromCredits(50)))
    field('Warn me when my balance is low').click()
    await vi.waitFor(() => expect(stored().lowBalanceUsdMicros).toBeNull())
  })

  it('of a runaway auto-queue take whole minutes', async () => {
    store({ runaway: { usdMicros: usdMicrosFromCredits(60), minutes: 5 } })
    await opened()
    type('Within (minutes)', '2.5')
    await vi.waitFor(() =>
      expect(noteOf(field('Within (minutes)'))).toBe('Enter whole minutes, from 1 to 1,440.'),
    )
    type('Within (minutes)', '10')
    await vi.waitFor(() => expect(stored().runaway?.minutes).toBe(10))
    expect(stored().runaway?.usdMicros).toBe(usdMicrosFromCredits(60))
  })
})

describe('what was stopped', () => {
  it('is listed with its limit, its cost and what became of it', async () => {
    const cost = { min: usdMicrosFromCredits(12.66), max: usdMicrosFromCredits(12.66) }
    const run = { limit: limit(), costUsdMicros: cost, workflow: 'Castle' }
    addStopped(localStorage, ACCOUNT, { ...run, at: 1, outcome: 'stopped', reason: null })
    addStopped(localStorage, ACCOUNT, { ...run, at: 2, outcome: 'once-more', reason: 'Deadline' })
    await opened()
    const rows = [...find('table[aria-label="Stopped runs"] tbody').querySelectorAll('tr')]
    expect(rows.map(({ dataset }) => dataset['outcome'])).toEqual(['once-more', 'stopped'])
    expect(rows[0]?.textContent).toContain(
      'Castle20 credits per day12.66 creditsRun once more: Deadline',
    )
    expect(rows[1]?.textContent).toContain('Stopped')
  })
})
