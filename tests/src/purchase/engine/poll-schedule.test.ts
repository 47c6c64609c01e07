import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextPollIn } from '../../../../src/purchase/engine/poll-schedule.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe('nextPollIn', () => {
  it('asks every two seconds for two minutes after the person has come back', () => {
    for (const pendingMs of [0, MINUTE_MS, 3 * HOUR_MS]) {
      const back = { pendingMs, visible: true, notified: false }
      expect(nextPollIn({ ...back, returnedMs: 0 })).toBe(2000)
      expect(nextPollIn({ ...back, returnedMs: 2 * MINUTE_MS - 1 })).toBe(2000)
    }
  })

  it('asks more rarely, and never stops, where the service tells of credits by itself', () => {
    const notified = { pendingMs: 0, visible: true, notified: true }
    expect(nextPollIn({ ...notified, returnedMs: 0 })).toBe(5000)
    expect(nextPollIn({ ...notified, returnedMs: 3 * MINUTE_MS })).toBe(5000)
    expect(nextPollIn({ ...notified, pendingMs: 3 * HOUR_MS, returnedMs: 0 })).toBe(5000)
  })

  it('asks ever more rarely, from five seconds up to a minute, while nobody looks', () => {
    const hidden = { returnedMs: 0, visible: false, notified: false }
    expect(nextPollIn({ pendingMs: 0, ...hidden })).toBe(5000)
    expect(nextPollIn({ pendingMs: 2 * MINUTE_MS, ...hidden })).toBe(5000)
    expect(nextPollIn({ pendingMs: 5 * MINUTE_MS, ...hidden })).toBe(23_000)
    expect(nextPollIn({ pendingMs: 30 * MINUTE_MS, ...hidden })).toBe(60_000)
  })

  it('gives up after an hour, unless the person has just come back', () => {
    const long = { pendingMs: HOUR_MS, visible: true, notified: false }
    expect(nextPollIn({ ...long, returnedMs: HOUR_MS })).toBeNull()
    expect(nextPollIn({ ...long, returnedMs: MINUTE_MS })).toBe(2000)
  })

  it('never asks more often as time goes by', () => {
    fc.assert(
      fc.property(
        fc.nat(59 * MINUTE_MS),
        fc.nat(MINUTE_MS),
        fc.record({ visible: fc.boolean(), notified: fc.boolean() }),
        (at, more, seen) => {
          const early = nextPollIn({ pendingMs: at, returnedMs: at, ...seen }) ?? Infinity
          const late = nextPollIn({ pendingMs: at + more, returnedMs: at + more, ...seen })
          expect(late ?? Infinity).toBeGreaterThanOrEqual(early)
        },
      ),
    )
  })
})
