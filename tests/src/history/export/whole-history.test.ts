import { HttpResponse } from 'msw'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../../sandbox/panel/account.ts'
import { manyEvents } from '../../../../sandbox/panel/sample-events.ts'
import type { Answers } from '../../../../sandbox/panel/handlers.ts'
import { button, find, panelTests, rows } from '../../support/panel.ts'
import { savedFiles } from '../../support/saved-files.ts'

const open = panelTests()
beforeAll(() => import('../../../../src/history/export/HistoryExport.vue'), 60_000)
beforeAll(() => import('../../../../src/history/charts/HistoryCharts.vue'), 60_000)
beforeAll(() => import('../../../../src/history/export/csv.ts'), 60_000)
let files: ReturnType<typeof savedFiles> = []
beforeEach(() => {
  files = savedFiles()
})
afterEach(() => vi.restoreAllMocks())

type Question = Parameters<Answers['events']>[0]

/** A panel with that many events, and what it was asked for: page/limit. */
function openWith(count: number, refuse: (question: string) => Response | null = () => null) {
  const asked: string[] = []
  const of = new PanelAccount(10, manyEvents(Date.now(), count))
  const panel = open({
    of,
    answers: (usual) => ({
      ...usual,
      events: (question: Question) => {
        const { searchParams } = new URL(question.request.url)
        const text = `${searchParams.get('page')}/${searchParams.get('limit')}`
        asked.push(text)
        return refuse(text) ?? usual.events(question)
      },
    }),
  })
  return { asked, of, panel }
}
const partial = () => document.querySelector('.cc-partial span')?.textContent
const tooMany = () =>
  HttpResponse.json({ message: 'slow down' }, { status: 429, headers: { 'Retry-After': '1' } })
const status = () => find('.cc-out [role=status]').textContent.trim()
/** Hundreds of rows are loaded and drawn before. */
const saved = () => vi.waitFor(() => expect(files).toHaveLength(1), { timeout: 15_000 })
const savedLines = async () => {
  const text = await files[0]?.file.text()
  return text?.trimEnd().split('\n').length
}
const newEvents = (count: number) =>
  manyEvents(Date.now(), count).map((event) => ({
    ...event,
    event_id: `new-${event.event_id}`,
    params: { ...event.params, job_id: `new-${event.event_id}` },
  }))
async function openExport(): Promise<void> {
  await vi.waitFor(() => expect(rows()).toHaveLength(50))
  button('Export').click()
  await vi.waitFor(() => find('.cc-out'))
}

describe('a history of which a part is loaded', () => {
  it('says so beside its sums and its charts, until all is loaded', async () => {
    openWith(230)
    await vi.waitFor(() => expect(partial()).toBe('of the 50 newest of 230 events'))
    button('Charts').click()
    await vi.waitFor(() => find('.cc-pictures'))
    // Once, between the sums and the chart.
    expect(document.querySelectorAll('.cc-partial')).toHaveLength(1)
    expect(find('.cc-result').nextElementSibling?.className).toBe('cc-partial')
    button('Load all').click()
    await vi.waitFor(() => expect(document.querySelectorAll('.cc-partial')).toHaveLength(0))
    await vi.waitFor(() => expect(find('.cc-result p').textContent).toContain('230 entries'))
  })

  it('is exported whole: what is missing is loaded first', async () => {
    const { asked } = openWith(230)
    await openExport()
    expect(find('.cc-out').textContent).toContain('The 50 newest of 230 events are loaded')
    button('Save as CSV').click()
    await saved()
    expect(await savedLines()).toBe(231)
    expect(files[0]?.name).not.toContain('part')
    expect(asked).toEqual(['1/50', '1/100', '2/100', '3/100'])
  })

  it('is exported whole though the service asks to wait: for as long as it says', async () => {
    let refusals = 1
    const at: number[] = []
    const { asked } = openWith(230, (question) => {
      if (question === '2/100') at.push(performance.now())
      return question === '2/100' && refusals-- > 0 ? tooMany() : null
    })
    await openExport()
    button('Save as CSV').click()
    await vi.waitFor(() => expect(status()).toBe('Loading 100 of 230 events…'))
    await saved()
    expect(await savedLines()).toBe(231)
    expect(asked).toEqual(['1/50', '1/100', '2/100', '2/100', '3/100'])
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(990)
  })

  it('is not saved where it cannot be loaded whole; then it goes on where it stopped', async () => {
    let fails = true
    const { asked } = openWith(230, (question) =>
      fails && question === '2/100' ? HttpResponse.error() : null,
    )
    await openExport()
    button('Save as CSV').click()
    await vi.waitFor(() => expect(status()).toContain('nothing was saved'))
    expect(files).toEqual([])
    fails = false
    asked.length = 0
    button('Try again').click()
    await saved()
    expect(asked).toEqual(['2/100', '3/100'])
  })

  it('can be saved in part by who asks for that, and the file’s name says so', async () => {
    openWith(230, (question) => (question === '2/100' ? HttpResponse.error() : null))
    await openExport()
    button('Save as CSV').click()
    await vi.waitFor(() => expect(status()).toContain('nothing was saved'))
    button('Save what is loaded').click()
    await saved()
    expect(files[0]?.name).toMatch(/-part\.csv$/)
    expect(await savedLines()).toBe(101)
  })

  it('stops loading when the export is cancelled, and saves nothing', async () => {
    openWith(230, (question) => (question === '2/100' ? tooMany() : null))
    await openExport()
    button('Save as CSV').click()
    await vi.waitFor(() => expect(status()).toContain('Loading 100 of 230'))
    button('Cancel').click()
    await vi.waitFor(() => expect(status()).toBe('Cancelled. Nothing was saved.'))
    expect(files).toEqual([])
  })
})

describe('a refresh', () => {
  it('asks for what is new, and for nothing else', async () => {
    const { asked, of, panel } = openWith(350)
    await vi.waitFor(() => expect(partial()).toBe('of the 50 newest of 350 events'))
    button('Load all').click()
    await vi.waitFor(() => expect(document.querySelector('.cc-partial')).toBeNull())
    asked.length = 0
    of.events.unshift(...newEvents(1))
    await panel.credits.refresh()
    await vi.waitFor(() => expect(find('.cc-result p').textContent).toContain('351 entries'))
    expect(asked).toEqual(['1/100'])
  })

  it('goes on where it stopped when it was refused between', async () => {
    let refusals = 1
    const { asked, of, panel } = openWith(60, (question) =>
      question === '2/100' && refusals-- > 0 ? tooMany() : null,
    )
    await vi.waitFor(() => expect(rows()).toHaveLength(50))
    of.events.unshift(...newEvents(180))
    asked.length = 0
    await panel.credits.refresh()
    const alert = await vi.waitFor(() => find('.cc-history [role=alert]'))
    expect(alert.textContent).toContain('Too many requests')
    button('Try again').click()
    await vi.waitFor(() => expect(find('.cc-result p').textContent).toContain('230 entries'))
    expect(asked).toEqual(['1/100', '2/100', '2/100'])
  })
})
