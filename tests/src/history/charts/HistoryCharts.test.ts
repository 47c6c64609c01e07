import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import HistoryCharts from '../../../../src/history/charts/HistoryCharts.vue'
import type { HistoryPick } from '../../../../src/history/charts/pick.ts'
import type { HistoryRow } from '../../../../src/history/row.ts'
import type { Reading } from '../../../../src/reconciliation/balance-reading.ts'
import { mountPart } from '../../support/history-part.ts'
import { newRow } from '../../../support/builders/row.ts'

const NOON = new Date(2026, 10, 20, 12).getTime()
const DAY = 24 * 60 * 60_000

let unmount = (): void => {}
afterEach(() => unmount())

/** happy-dom draws nothing, as a browser that has no canvas: all is said by the tables. */
async function open(rows: readonly HistoryRow[], readings: readonly Reading[] = []) {
  const picks: HistoryPick[] = []
  const onFilter = (pick: HistoryPick) => picks.push(pick)
  const mounted = mountPart(HistoryCharts, { rows, readings, onFilter })
  ;({ unmount } = mounted)
  await vi.waitFor(() => expect(mounted.element.querySelector('table, .cc-notice')).not.toBeNull())
  return { element: mounted.element, picks }
}

const tables = (element: HTMLElement) =>
  Object.fromEntries(
    [...element.querySelectorAll('table')].map((table) => [
      table.querySelector('caption')?.textContent.trim(),
      [...table.querySelectorAll('tbody tr')].map((row) =>
        [...row.querySelectorAll('th, td')].map((cell) => cell.textContent.trim()),
      ),
    ]),
  )
/** One chart at a time. */
async function show(element: HTMLElement, chart: string): Promise<void> {
  press(element, chart)
  await nextTick()
}
function press(element: HTMLElement, name: string): void {
  const all = [...element.querySelectorAll('button')]
  all.find(({ textContent }) => textContent.trim() === name)?.click()
}

const proved = (usdMicros: number) =>
  ({ basis: 'actual', usdMicros: -usdMicros, complete: true }) as const
const some = [
  newRow({ id: '1', at: NOON, nodes: ['Image'], workflow: 'Castle', change: proved(60_000) }),
  newRow({
    id: '2',
    at: NOON,
    nodes: ['Image'],
    workflow: 'Castle',
    status: 'failed',
    change: { basis: 'announced', credits: 8.44 },
  }),
  newRow({ id: '3', at: NOON - DAY, nodes: ['Chat'], models: ['lexis'], workflow: null }),
]

describe('the pictures', () => {
  it('have tables, in which what is proved, announced and not known are never one figure', async () => {
    const { element } = await open(some)
    expect(tables(element)).toEqual({
      'Credits per day': [
        ['Nov 19', 'Chat', '0', '0', '1'],
        ['Nov 20', 'Image', '12.66', '8.44', '0'],
      ],
    })
    expect(element.textContent).toContain('12.66 credits confirmed · 8.44 credits quoted')
    await show(element, 'Workflows')
    expect(tables(element)).toEqual({
      'Cost per workflow': [
        ['Castle', '12.66', '8.44', '0'],
        ['Unsaved workflow', '0', '0', '1'],
      ],
    })
    await show(element, 'Outcomes')
    expect(tables(element)).toEqual({
      'Cost by outcome': [
        ['Failed', '0', '8.44', '0'],
        ['Unknown', '12.66', '0', '1'],
      ],
    })
    expect(element.textContent).toContain('40% was spent on failed or cancelled runs.')
  })

  it('filter the list by the day, the workflow or the end that was chosen', async () => {
    const { element, picks } = await open(some)
    for (const [chart, name] of [
      ['Over time', 'Nov 20'],
      ['Workflows', 'Castle'],
      ['Outcomes', 'Failed'],
    ] as const) {
      await show(element, chart)
      press(element, name)
    }
    expect(picks).toEqual([
      { time: { from: new Date(2026, 10, 20).getTime(), to: new Date(2026, 10, 21).getTime() } },
      { workflows: ['Castle'] },
      { outcomes: ['failed'] },
    ])
  })

  it('split the days by model when asked to', async () => {
    const { element } = await open(some)
    const choice = element.querySelector('select')
    if (choice) choice.value = 'models'
    choice?.dispatchEvent(new Event('change'))
    await vi.waitFor(() =>
      expect(tables(element)['Credits per day']).toEqual([
        ['Nov 19', 'lexis', '0', '0', '1'],
        ['Nov 20', 'Unnamed', '12.66', '8.44', '0'],
      ]),
    )
  })

  it('tell how the balance went, and what was added', async () => {
    const { element } = await open(
      [newRow({ kind: 'top-up', at: NOON + 1, change: proved(-25_000_000) })],
      [
        { at: NOON, usdMicros: 10_000_000 },
        { at: NOON + 2, usdMicros: 35_000_000 },
      ],
    )
    expect(tables(element)).toEqual({
      Balance: [['Nov 20', '7,385', '2,110', '7,385', '5,275']],
    })
  })

  it('say so where there is nothing to draw', async () => {
    const { element } = await open([])
    expect(element.querySelector('.cc-notice')?.textContent).toContain('No data yet')
  })

  it.each([
    ['HTML', '<img src=x onerror=alert(1)>'],
    ['a megabyte', 'x'.repeat(1_000_000)],
    ['turned round', '\u202Egnp.exe'],
    ['of a prototype', '__proto__'],
  ])('show names as text: %s', async (_what, name) => {
    const row = newRow({ at: NOON, nodes: [name, name], models: [name], workflow: name })
    const { element } = await open([row])
    expect(element.querySelector('img')).toBeNull()
    expect(element.textContent.length).toBeLessThan(12_000)
    expect(element.textContent).not.toContain('\u202E')
  })
})
