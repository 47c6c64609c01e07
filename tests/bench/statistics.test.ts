import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { median, pairedRatio, quantile } from '../../bench/statistics.ts'

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(quantile([0, 10], 0.25)).toBe(2.5)
  })

  it('refuses to speak of nothing', () => {
    expect(() => median([])).toThrow('nothing to measure')
  })
})

describe('pairedRatio', () => {
  it('is exact and certain where every pair agrees', () => {
    const { ratio, low, high } = pairedRatio([
      [20, 10],
      [40, 20],
      [2, 1],
    ])
    expect(ratio).toBeCloseTo(2)
    expect(low).toBeCloseTo(2)
    expect(high).toBeCloseTo(2)
  })

  it('lets twice and half cancel out', () => {
    const { ratio, low, high } = pairedRatio([
      [2, 1],
      [1, 2],
    ])
    expect(ratio).toBeCloseTo(1)
    expect(low).toBeLessThan(1)
    expect(high).toBeGreaterThan(1)
  })

  it('holds its ratio within its interval, and turns round with its sides', () => {
    const time = fc.double({ min: 1, max: 1000, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(time, time), { minLength: 2, maxLength: 8 }), (pairs) => {
        const { ratio, low, high } = pairedRatio(pairs)
        expect(low).toBeLessThanOrEqual(ratio * 1.000001)
        expect(high).toBeGreaterThanOrEqual(ratio * 0.999999)
        const turned = pairedRatio(pairs.map(([a, b]) => [b, a] as const))
        expect(turned.ratio).toBeCloseTo(1 / ratio)
      }),
      { numRuns: 20 },
    )
  })
})
