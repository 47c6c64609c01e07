import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, type RunCost } from '../../../src/guard/decide.ts'
import { noCost } from '../../../src/reservations/reservation.ts'

const cost = (min: number, max: number, more: Partial<RunCost> = {}): RunCost => ({
  minUsdMicros: min,
  maxUsdMicros: max,
  costs: true,
  unknown: 0,
  ...more,
})
const reserved = (min: number, max = min) => ({ minUsdMicros: min, maxUsdMicros: max })

describe('the decision before a run', () => {
  it.each([
    ['covered', cost(60, 60), 60, noCost, 'fine'],
    ['covered at least', cost(60, 90), 60, noCost, 'warn'],
    ['not covered', cost(60, 90), 59, noCost, 'ask'],
    ['one of two covered', cost(60, 60), 100, reserved(60), 'ask'],
    ['perhaps not after what goes on', cost(60, 60), 150, reserved(60, 120), 'warn'],
    ['free on a negative balance', cost(0, 0, { costs: false }), -1, noCost, 'fine'],
    ['likely cached on a negative balance', cost(0, 60, { costs: false }), -1, noCost, 'fine'],
    ['of unknown price on a negative balance', cost(0, 0, { unknown: 1 }), -1, noCost, 'ask'],
    ['of unknown price on nothing', cost(0, 0, { unknown: 1 }), 0, noCost, 'warn'],
    ['of unknown price on a balance', cost(0, 0, { unknown: 1 }), 1, noCost, 'fine'],
  ] as const)('of a run that is %s', (_what, run, balance, taken, decision) => {
    expect(decide(run, balance, taken)).toBe(decision)
  })

  it('is never stricter with more on the balance, or with less reserved', () => {
    const rank = { fine: 0, warn: 1, ask: 2 }
    const amounts = fc.tuple(fc.nat(100), fc.nat(100)).map(([a, b]) => [a, a + b] as const)
    fc.assert(
      fc.property(
        amounts,
        amounts,
        fc.integer({ min: -100, max: 300 }),
        fc.nat(100),
        fc.nat(1),
        ([min, max], [low, high], balance, more, unknown) => {
          const run = cost(min, max, { unknown })
          const before = rank[decide(run, balance, reserved(low, high))]
          expect(rank[decide(run, balance + more, reserved(low, high))]).toBeLessThanOrEqual(before)
          const less = reserved(Math.max(0, low - more), Math.max(0, high - more))
          expect(rank[decide(run, balance, less)]).toBeLessThanOrEqual(before)
        },
      ),
    )
  })
})
