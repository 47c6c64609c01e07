import { describe, expect, it } from 'vitest'
import { reachOf, sharesOf } from '../../../src/limits/reach.ts'

const progress = (usdMicros: number, spentUsdMicros: number, reservedUsdMicros = 0) => ({
  limit: { id: 'a', period: 'day', scope: { kind: 'all' }, usdMicros, action: 'stop' } as const,
  spentUsdMicros,
  reservedUsdMicros,
  from: 0,
  resetsAt: 1,
  isPartial: false,
})

describe('how far a limit is used', () => {
  it('is fine below 80 %, then near, then reached', () => {
    expect([0, 79, 80, 99, 100, 110].map((spent) => reachOf(progress(100, spent)))).toEqual([
      'fine',
      'fine',
      'near',
      'near',
      'reached',
      'reached',
    ])
  })

  it('counts what unfinished runs will still take', () => {
    expect(reachOf(progress(100, 70, 10))).toBe('near')
    expect(reachOf(progress(100, 70, 40))).toBe('reached')
  })

  it('draws both within the bar, and says how much it is beyond', () => {
    expect(sharesOf(progress(100, 70, 40))).toEqual({
      spent: 0.7,
      drawnSpent: 0.7,
      drawnReserved: expect.closeTo(0.3),
    })
    expect(sharesOf(progress(100, 110, 40))).toEqual({
      spent: 1.1,
      drawnSpent: 1,
      drawnReserved: 0,
    })
  })

  it('is nothing where more was refunded than spent, and all of a limit of 0', () => {
    expect(sharesOf(progress(100, -5)).spent).toBe(0)
    expect(sharesOf(progress(0, 0)).spent).toBe(1)
  })
})
