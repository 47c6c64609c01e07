import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAccountEvent } from '../../../../src/account-events/account-event.ts'
import type { Purchase } from '../../../../src/purchase/engine/flow.ts'
import { findCredits } from '../../../../src/purchase/engine/match-credits.ts'
import { newPurchase } from '../../support/purchase.ts'
import { runs as times } from '../../support/runs.ts'

/** By the service's clock, which is the true one here. */
const START = Date.parse('2026-11-22T12:00:00Z')
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const purchase: Purchase = { ...newPurchase('a'), startedAt: START, earlierKnown: false }
const credit = (id: string, at: number, usd = 25) =>
  readAccountEvent({
    event_id: id,
    event_type: 'credit_added',
    createdAt: new Date(at).toISOString(),
    params: { amount: usd * 100 },
  })

/** How far the service's clock is ahead of the browser's. */
type Clock = Parameters<typeof findCredits>[3]
const about = (ms: number): Clock => ({ low: ms - SECOND, high: ms + SECOND })

function found(events: readonly ReturnType<typeof credit>[], one: Purchase, clock: Clock) {
  const { evidence, unclear } = findCredits(events, [one], new Set(), clock)
  return { evidence: [...evidence.values()], unclear: unclear.size }
}
const nothing = { evidence: [], unclear: 0 }
const by = (eventId: string) => ({
  evidence: [{ from: 'account-event', eventId }],
  unclear: 0,
})

const offsets = [-48 * HOUR, -3 * MINUTE, -9 * SECOND, 7 * SECOND, 3 * MINUTE, 48 * HOUR]
/** An hour before the purchase, and half a minute after it began. */
const older = credit('older', START - HOUR)
const own = credit('own', START + 30 * SECOND)

describe('where the browser’s clock is off', () => {
  it.each(offsets)('a purchase is found by a clock that is known to be %i ms off', (ms) => {
    const begun = { ...purchase, startedAt: START - ms }
    expect(found([own, older], begun, about(ms))).toEqual(by('own'))
    expect(found([older], begun, about(ms))).toEqual(nothing)
  })

  it.each(offsets)('what was not there before shows it without a clock (%i ms)', (ms) => {
    const listed = { ...purchase, earlierKnown: true, earlierEventIds: ['older'] }
    const begun = { ...listed, startedAt: START - ms }
    expect(found([own, older], begun, null)).toEqual(by('own'))
    expect(found([older], begun, null)).toEqual(nothing)
  })

  it.each(offsets)('no top-up is taken that could be an older one (%i ms)', (ms) => {
    const begun = { ...purchase, startedAt: START - ms }
    expect(found([older], begun, null)).toEqual({ evidence: [], unclear: 1 })
    expect(found([own, older], begun, null)).toEqual({ evidence: [], unclear: 1 })
    expect(found([own, older], begun, about(ms))).toEqual(by('own'))
  })

  it('the service’s time of its start finds it, whatever the clock does then', () => {
    const serverStart = { low: START - 900, high: START + 900 }
    for (const clock of [null, about(0), about(48 * HOUR)]) {
      for (const ms of offsets) {
        const begun = { ...purchase, startedAt: START - ms, serverStart }
        expect(found([own, older], begun, clock)).toEqual(by('own'))
      }
    }
  })
})

interface Step {
  readonly pauseMs: number
  readonly usd: number
  readonly paid: boolean
  /** Else it is bought in another browser. */
  readonly ours: boolean
}

/** What is found a minute after these steps. `isDated`: the answers' dates can be read. */
function after(steps: readonly Step[], isDated: boolean, browserAt: (time: number) => number) {
  let time = START
  const events: ReturnType<typeof credit>[] = []
  const purchases: Purchase[] = []
  steps.forEach(({ pauseMs, usd, paid, ours }, index) => {
    time += pauseMs
    const rest = isDated
      ? { serverStart: { low: time - 700, high: time + 700 } }
      : { earlierKnown: true, earlierEventIds: events.map(({ id }) => id) }
    if (ours) {
      const startedAt = browserAt(time)
      const usdMicros = usd * 1_000_000
      purchases.push({ ...purchase, ...rest, attempt: `p${index}`, usdMicros, startedAt })
    }
    if (paid) events.push(credit(`e${index}`, time + 30 * SECOND, usd))
  })
  time += MINUTE
  const clock = isDated ? about(time - browserAt(time)) : null
  const { evidence, unclear } = findCredits(events, purchases, new Set(), clock)
  return [[...evidence], [...unclear]]
}

describe('whatever the clock', () => {
  const steps = fc.array(
    fc.record({
      pauseMs: fc.integer({ min: MINUTE, max: 3 * HOUR }),
      usd: fc.constantFrom(5, 25),
      paid: fc.boolean(),
      ours: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  const jump = fc.record({ after: fc.nat(12 * HOUR), by: fc.nat(HOUR) })
  const anyOffset = fc.integer({ min: -48 * HOUR, max: 48 * HOUR })
  const drift = fc.integer({ min: -20, max: 20 })

  it('the same is found by any offset, drift and one jump as by clocks that agree', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), anyOffset, drift, jump, (all, isDated, ms, ppm, jumps) => {
        const browserAt = (time: number): number =>
          Math.round(
            time + ms + ((time - START) * ppm) / 1e6 + (time - START > jumps.after ? jumps.by : 0),
          )
        expect(after(all, isDated, browserAt)).toEqual(after(all, isDated, (time) => time))
      }),
      { numRuns: times(5000, 500) },
    )
  })

  it('an older top-up is never taken, by whatever is known of it', () => {
    const slack = fc.option(fc.tuple(fc.nat(HOUR), fc.nat(HOUR)), { nil: null })
    const ages = fc.array(fc.integer({ min: 3 * MINUTE, max: 48 * HOUR }), { maxLength: 5 })
    fc.assert(
      fc.property(anyOffset, ages, slack, (ms, all, known) => {
        const events = all.map((age, index) => credit(`e${index}`, START - age))
        const clock = known && { low: ms - known[0], high: ms + known[1] }
        const begun = { ...purchase, startedAt: START - ms }
        expect(found(events, begun, clock).evidence).toEqual([])
      }),
      { numRuns: times(5000, 500) },
    )
  })
})
