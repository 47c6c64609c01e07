import { describe, expect, it } from 'vitest'
import type { HistoryRow } from '../../../src/history/row.ts'
import { figuresOf } from '../../../src/overview/figures.ts'
import { daysAtPace } from '../../../src/overview/outlook.ts'
import { newRow } from '../../support/builders/row.ts'

const USD = 1_000_000
const NOW = new Date(2026, 10, 29, 12).getTime()
const at = (day: number, hour = 9, month = 10) => new Date(2026, month, day, hour).getTime()
const all = { now: NOW, knownSince: -Infinity }

function cost(time: number, usd: number, more: Partial<HistoryRow> = {}): HistoryRow {
  const change = { basis: 'actual', usdMicros: -usd * USD, complete: true } as const
  return newRow({ id: `run:${time}`, at: time, status: 'succeeded', change, ...more })
}

describe('what was spent', () => {
  const rows = [
    cost(at(29), 60),
    cost(at(28, 15), 1000),
    cost(at(28), 50),
    cost(at(23), 40),
    cost(at(22, 13), 500),
    cost(at(20), 30),
    cost(at(5), 20),
    cost(at(29, 20, 9), 9000),
    cost(at(28, 9, 9), 100),
  ]

  it('is of today, of seven days and of this month, beside as much of the period before', () => {
    const { today, week, month } = figuresOf(rows, all)
    expect(today.spent.provedUsdMicros).toBe(60 * USD)
    // What yesterday cost after this time of the day is no part of it.
    expect(today.change).toBeCloseTo(60 / 50 - 1)
    expect(week.spent.provedUsdMicros).toBe(1150 * USD)
    expect(week.change).toBeCloseTo(1150 / 30 - 1)
    expect(month.spent.provedUsdMicros).toBe(1700 * USD)
    expect(month.change).toBeCloseTo(1700 / 100 - 1)
  })

  it('is not compared with nothing', () => {
    expect(figuresOf([cost(at(29), 60)], all).today.change).toBeNull()
  })

  it('is a part where not all of the period is loaded, and compared only where both are', () => {
    const { today, week, month } = figuresOf(rows, { now: NOW, knownSince: at(28, 0) })
    expect([today.isWhole, week.isWhole, month.isWhole]).toEqual([true, false, false])
    expect([today.change === null, week.change, month.change]).toEqual([false, null, null])
  })

  it('leaves out top-ups and charges that nothing explains, and keeps quoted credits apart', () => {
    const { today } = figuresOf(
      [
        cost(at(29, 8), 5, { kind: 'unexplained' }),
        cost(at(29, 8), -25, { kind: 'top-up' }),
        newRow({ at: at(29, 8), change: { basis: 'announced', credits: 12.66 } }),
        newRow({ at: at(29, 8), status: 'running' }),
      ],
      all,
    )
    expect(today.spent).toEqual({
      provedUsdMicros: 0,
      announcedHundredths: 1266,
      open: 1,
      rows: 2,
    })
  })

  it('is on average of the runs that cost something', () => {
    const { average } = figuresOf(
      [cost(at(29), 60), cost(at(28), 20), cost(at(28), 0), newRow({ at: at(28) })],
      all,
    )
    expect(average).toMatchObject({ usdMicros: 40 * USD, runs: 2, change: null })
    expect(figuresOf([], all).average.usdMicros).toBeNull()
  })
})

describe('for how long the balance lasts', () => {
  const rows = [cost(at(29), 1), cost(at(27), 1), cost(at(25), 1)]

  it('is said by what the last days cost', () => {
    // 3 dollars in 5 days.
    expect(daysAtPace(rows, { ...all, usdMicros: 6 * USD })).toBe(10)
  })

  it('is not said by one day, by a part, or of more than a year', () => {
    expect(daysAtPace(rows.slice(0, 1), { ...all, usdMicros: 6 * USD })).toBeNull()
    const part = { now: NOW, knownSince: at(26), usdMicros: 6 * USD }
    expect(daysAtPace(rows, part)).toBeNull()
    expect(daysAtPace(rows, { ...all, usdMicros: 900 * USD })).toBeNull()
    expect(daysAtPace([], { ...all, usdMicros: 6 * USD })).toBeNull()
  })
})
