import { describe, expect, it } from 'vitest'
import type { HistoryRow } from '../../../src/history/row.ts'
import { chartFilter } from '../../../src/overview/chart-filter.ts'
import { newcomerState } from '../../../src/overview/newcomer.ts'
import { spendingChart, type Stacking } from '../../../src/overview/spending-chart.ts'
import { newRow } from '../../support/builders/row.ts'

const NOW = new Date(2026, 10, 29, 12, 30).getTime()
const at = (day: number, hour = 9) => new Date(2026, 10, day, hour).getTime()

function cost(time: number, usd: number, more: Partial<HistoryRow> = {}): HistoryRow {
  const change = { basis: 'actual', usdMicros: -usd * 1_000_000, complete: true } as const
  return newRow({ at: time, status: 'succeeded', nodes: ['A'], change, ...more })
}

const keys = (rows: readonly HistoryRow[], by: Stacking) =>
  spendingChart(rows, by, NOW).series.map(({ of }) => (of.kind === 'names' ? of.names[0] : of.kind))

describe('the chart of spending', () => {
  it('has a column for each day since the first, a week at least and two at most', () => {
    const { unit, columns } = spendingChart([cost(at(29), 1), cost(at(26), 2)], 'node', NOW)
    expect(unit).toBe('day')
    expect(columns).toHaveLength(7)
    expect(columns.map(({ spent }) => spent.provedUsdMicros / 1_000_000)).toEqual([
      0, 0, 0, 2, 0, 0, 1,
    ])
    expect(spendingChart([cost(at(29), 1), cost(at(16), 2)], 'node', NOW).columns).toHaveLength(14)
    const older = spendingChart([cost(at(29), 1), cost(at(15), 2)], 'node', NOW)
    expect(older.spent.provedUsdMicros).toBe(1_000_000)
  })

  it('has one for each hour where two days have it all', () => {
    const { unit, columns } = spendingChart([cost(at(29), 1), cost(at(28, 14), 2)], 'node', NOW)
    expect(unit).toBe('hour')
    expect(columns).toHaveLength(23)
    expect(columns[0]?.spent.provedUsdMicros).toBe(2_000_000)
    expect(spendingChart([cost(at(29, 12), 1)], 'node', NOW).columns).toHaveLength(12)
  })

  it('has none of a time to come, and none without spending', () => {
    expect(spendingChart([cost(at(30), 1)], 'node', NOW).spent.rows).toBe(0)
    expect(spendingChart([], 'node', NOW)).toMatchObject({ unit: 'day', series: [] })
  })

  it('is stacked by node, model, workflow or outcome, what failed and was cancelled apart', () => {
    const rows = [
      cost(at(29), 5, { models: ['m'], workflow: 'w' }),
      cost(at(28), 9, { nodes: ['B'] }),
      cost(at(28), 1, { status: 'failed' }),
      cost(at(28), 1, { status: 'interrupted' }),
      cost(at(28), 1, { status: 'lost' }),
    ]
    expect(keys(rows, 'node')).toEqual(['B', 'A', 'failed', 'cancelled'])
    expect(keys(rows, 'model')).toEqual(['unnamed', 'm', 'failed', 'cancelled'])
    expect(keys(rows, 'workflow')).toEqual(['unnamed', 'w', 'failed', 'cancelled'])
    expect(keys(rows, 'outcome')).toEqual(['succeeded', 'pending', 'failed', 'cancelled'])
  })

  it('names the five largest, and a sixth rather than one other', () => {
    const nodes = ['A', 'B', 'C', 'D', 'E', 'F', 'G']
    const rows = nodes.map((node, index) => cost(at(29), 10 - index, { nodes: [node] }))
    expect(keys(rows, 'node')).toEqual(['A', 'B', 'C', 'D', 'E', 'others'])
    expect(keys(rows.slice(0, 6), 'node')).toEqual(['A', 'B', 'C', 'D', 'E', 'F'])
  })

  it('leads to what a column, a part of it or a series is of', () => {
    const rows = [cost(at(29), 5), cost(at(26), 1, { status: 'failed' })]
    const chart = spendingChart(rows, 'node', NOW)
    const whole = { from: at(23, 0), to: at(30, 0) }
    expect(chartFilter(chart, 'node', { column: 6, series: null })).toEqual({
      time: { from: at(29, 0), to: at(30, 0) },
    })
    expect(chartFilter(chart, 'node', { column: null, series: 0 })).toEqual({
      time: whole,
      nodes: ['A'],
    })
    expect(chartFilter(chart, 'node', { column: null, series: 1 })).toEqual({
      time: whole,
      outcomes: ['failed'],
    })
  })
})

describe('somebody new', () => {
  const account = newRow({ kind: 'account' })
  it.each([
    ['yes', 0, [account], false],
    ['no', 0, [account, cost(at(1), 1)], false],
    ['no', 5, [account], false],
    ['no', -5, null, false],
    ['unknown', 0, null, false],
    ['unknown', null, [], false],
    ['no', 0, null, true],
  ] as const)('is: %s, with a balance of %s', (state, usdMicros, rows, failed) => {
    expect(newcomerState({ usdMicros, rows, failed })).toBe(state)
  })
})
