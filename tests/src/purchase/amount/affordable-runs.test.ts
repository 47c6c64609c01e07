import { describe, expect, it } from 'vitest'
import { blankRow, type HistoryRow, type RowChange } from '../../../../src/history/row.ts'
import { likelyRuns } from '../../../../src/purchase/amount/affordable-runs.ts'

const row = (change: RowChange, kind: HistoryRow['kind'] = 'run'): HistoryRow => ({
  ...blankRow,
  id: 'x',
  kind,
  at: 0,
  status: 'succeeded',
  change,
})
const cost = (usdMicros: number): HistoryRow =>
  row({ basis: 'actual', usdMicros: -usdMicros, complete: true })

describe('likelyRuns', () => {
  it('goes by what the last runs cost on average', () => {
    expect(likelyRuns([cost(500_000), cost(700_000)], 25_000_000)).toEqual({ count: 41, like: 2 })
    const announced = row({ basis: 'announced', credits: 12.66 })
    expect(likelyRuns([announced], 600_000)).toEqual({ count: 10, like: 1 })
  })

  it('looks at no more than ten', () => {
    const rows = [...Array.from({ length: 10 }, () => cost(1_000_000)), cost(500_000_000)]
    expect(likelyRuns(rows, 25_000_000)).toEqual({ count: 25, like: 10 })
  })

  it.each([
    ['there are no runs', []],
    ['they cost nothing', [row({ basis: 'none' }), row({ basis: 'unknown' })]],
    ['their cost is not all known', [row({ basis: 'actual', usdMicros: -1, complete: false })]],
    ['there are only top-ups', [row({ basis: 'actual', usdMicros: 5, complete: true }, 'top-up')]],
    ['it would pay not even one', [cost(30_000_000)]],
  ])('says nothing when %s', (_why, rows) => {
    expect(likelyRuns(rows, 25_000_000)).toBeNull()
  })
})
