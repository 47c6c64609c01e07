import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextAskIn } from '../../../src/purchase/schedule.ts'

const MINUTE_MS = 60_000

describe('nextAskIn', () => {
  it('asks every two seconds for two minutes, then ever more rarely up to once a minute', () => {
    expect(nextAskIn(0)).toBe(2000)
    expect(nextAskIn(2 * MINUTE_MS - 1)).toBe(2000)
    expect(nextAskIn(2 * MINUTE_MS)).toBe(5000)
    expect(nextAskIn(30 * MINUTE_MS)).toBe(60_000)
  })

  it('gives up after an hour', () => {
    expect(nextAskIn(60 * MINUTE_MS)).toBeNull()
  })

  it('never asks more often as time goes by', () => {
    fc.assert(
      fc.property(fc.nat(59 * MINUTE_MS), fc.nat(MINUTE_MS), (pending, more) => {
        expect(nextAskIn(pending + more) ?? Infinity).toBeGreaterThanOrEqual(
          nextAskIn(pending) ?? Infinity,
        )
      }),
    )
  })
})
