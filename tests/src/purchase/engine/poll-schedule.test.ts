import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextAskIn } from '../../../../src/purchase/engine/poll-schedule.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe('nextAskIn', () => {
  it('asks every two seconds for two minutes after the person has come back', () => {
    for (const pendingMs of [0, MINUTE_MS, 3 * HOUR_MS]) {
      const back = { pendingMs, visible: true, told: false }
      expect(nextAskIn({ ...back, returnedMs: 0 })).toBe(2000)
      expect(nextAskIn({ ...back, returnedMs: 2 * MINUTE_MS - 1 })).toBe(2000)
    }
  })

  it('asks more rarely, and never stops, where the service tells of credits by itself', () => {
    const told = { pendingMs: 0, visible: true, told: true }
    expect(nextAskIn({ ...told, returnedMs: 0 })).toBe(5000)
    expect(nextAskIn({ ...told, returnedMs: 3 * MINUTE_MS })).toBe(5000)
    expect(nextAskIn({ ...told, pendingMs: 3 * HOUR_MS, returnedMs: 0 })).toBe(5000)
  })

  it('asks ever more rarely, from five seconds up to a minute, while nobody looks', () => {
    const hidden = { returnedMs: 0, visible: false, told: false }
    expect(nextAskIn({ pendingMs: 0, ...hidden })).toBe(5000)
    expect(nextAskIn({ pendingMs: 2 * MINUTE_MS, ...hidden })).toBe(5000)
    expect(nextAskIn({ pendingMs: 5 * MINUTE_MS, ...hidden })).toBe(23_000)
    expect(nextAskIn({ pendingMs: 30 * MINUTE_MS, ...hidden })).toBe(60_000)
  })

  it('gives up after an hour, unless the person has just come back', () => {
    const long = { pendingMs: HOUR_MS, visible: true, told: false }
    expect(nextAskIn({ ...long, returnedMs: HOUR_MS })).toBeNull()
    expect(nextAskIn({ ...long, returnedMs: MINUTE_MS })).toBe(2000)
  })

  it('never asks more often as time goes by', () => {
    fc.assert(
      fc.property(
        fc.nat(59 * MINUTE_MS),
        fc.nat(MINUTE_MS),
        fc.record({ visible: fc.boolean(), told: fc.boolean() }),
        (at, more, seen) => {
          const early = nextAskIn({ pendingMs: at, returnedMs: at, ...seen }) ?? Infinity
          const late = nextAskIn({ pendingMs: at + more, returnedMs: at + more, ...seen })
          expect(late ?? Infinity).toBeGreaterThanOrEqual(early)
        },
      ),
    )
  })
})
