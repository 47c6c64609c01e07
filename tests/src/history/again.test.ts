import { describe, expect, it } from 'vitest'
import { costAgain } from '../../../src/history/again.ts'
import type { HistoryRow, RowChange } from '../../../src/history/row.ts'
import { newRow } from '../../support/builders/row.ts'

const proved = (usdMicros: number): RowChange => ({
  basis: 'actual',
  usdMicros: -usdMicros,
  complete: true,
})
const done = (change: RowChange, about: Partial<HistoryRow> = {}): HistoryRow =>
  newRow({ workflowHash: 'w', status: 'succeeded', change, ...about })

describe('what a run would cost again', () => {
  it('is the median of its last ten runs, and says how many only announced it', () => {
    const lately = [300, 100, 200].map((usdMicros) => done(proved(usdMicros * 10_000)))
    expect(costAgain('w', lately)).toEqual({ usdMicros: 2_000_000, runs: 3, announced: 0 })
    const said = done({ basis: 'announced', credits: 844 })
    expect(costAgain('w', [...lately, said])).toEqual({
      usdMicros: 2_500_000,
      runs: 4,
      announced: 1,
    })
    const dear = Array.from({ length: 90 }, () => done(proved(9_000_000)))
    const cheap = Array.from({ length: 10 }, () => done(proved(10_000)))
    expect(costAgain('w', [...cheap, ...dear])).toEqual({
      usdMicros: 10_000,
      runs: 10,
      announced: 0,
    })
  })

  it('is not taken from runs of other workflows, that failed, or of unknown cost', () => {
    const others = [
      done(proved(1), { workflowHash: 'other' }),
      done(proved(1), { status: 'failed' }),
      done({ basis: 'unknown' }),
      done({ basis: 'actual', usdMicros: -5, complete: false }),
    ]
    expect(costAgain('w', others)).toBeNull()
    expect(costAgain(null, [done(proved(1), { workflowHash: null })])).toBeNull()
  })
})
