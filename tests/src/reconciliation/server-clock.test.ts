import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { AccountEvent } from '../../../src/account-events/account-event.ts'
import type { Reading } from '../../../src/reconciliation/balance-reading.ts'
import { explain } from '../../../src/reconciliation/explain.ts'
import { browserTimeKeeper, type Sighting } from '../../../src/reconciliation/server-clock.ts'
import type { Run } from '../../../src/runs/run.ts'
import { newEvent, newUsage } from '../../support/builders/account-event.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'
import { runs as times } from '../support/runs.ts'

const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** What the account's events carry of a run. */
const contents = ['plain', 'priced', 'job-id'] as const
type Content = (typeof contents)[number]

interface Story {
  /** In true time, after noon. */
  readonly steps: readonly {
    readonly kind: 'run' | 'top-up'
    readonly pauseMs: number
    readonly tookMs: number
    readonly credits: number
  }[]
  readonly content: Content
  /** What the browser's clock shows beyond the true time. */
  readonly browserAt: (time: number) => number
  /** Whether the account was asked before the first step, and so saw events appear. */
  readonly watched: boolean
}

/** A page that reads its balance and the account's events before and after each step. */
function live({ steps, content, browserAt, watched }: Story) {
  const runs: Run[] = []
  const events: AccountEvent[] = []
  const readings: Reading[] = []
  const sightings = new Map<string, Sighting>()
  let time = NOON
  let balance = 100_000_000
  let readAt = browserAt(time)
  const read = (): void => {
    readings.push({ at: browserAt(time), usdMicros: balance })
    readAt = browserAt(time)
  }
  read()
  steps.forEach(({ kind, pauseMs, tookMs, credits }, index) => {
    time += pauseMs
    read()
    const after = readAt
    const usdMicros = usdMicrosFromCredits(credits)
    const startedAt = browserAt(time)
    time += tookMs
    if (kind === 'run') {
      balance -= usdMicros
      const endedAt = browserAt(time)
      const call = newCall({ announcedCredits: credits, startedAt, endedAt })
      runs.unshift(newRun({ promptId: `p${index}`, startedAt, endedAt, calls: [call] }))
      events.unshift(
        newUsage(time + 300, {
          ...(content !== 'plain' && { charge_micro_usd: usdMicros }),
          ...(content === 'job-id' && { job_id: `p${index}` }),
        }),
      )
    } else {
      balance += usdMicros
      events.unshift(newEvent('credit_added', time + 300, { amount: usdMicros / 10_000 }))
    }
    time += 6 * SECOND
    read()
    const [event] = events
    if (watched && event) sightings.set(event.id, { after, by: readAt })
  })
  return { runs, events, readings, sightings, readAt }
}

/** What the history says: each run's cost and how sure it is, and what is left unexplained. */
function historyOf({ runs, events, readings, sightings, readAt }: ReturnType<typeof live>) {
  const aligned = browserTimeKeeper()({ events, runs, readings, sightings, readAt, answers: [] })
  const { verdicts, changes } = explain({
    events: aligned,
    runs,
    readings,
    readAt,
    hasMore: false,
    overheard: [],
    before: new Map(),
  })
  return {
    costs: runs.map(({ promptId }) => {
      const verdict = verdicts.get(promptId)
      return [verdict?.usdMicros, verdict?.certainty, verdict?.evidence.eventIds.length]
    }),
    parts: changes.map(({ parts }) => parts.map(({ kind, usdMicros }) => [kind, usdMicros])),
    unexplained: changes.map(({ unexplainedUsdMicros }) => unexplainedUsdMicros),
  }
}

const anySteps = fc.array(
  fc.record({
    kind: fc.constantFrom('run' as const, 'run' as const, 'top-up' as const),
    pauseMs: fc.integer({ min: 6 * SECOND, max: 3 * HOUR }),
    tookMs: fc.integer({ min: 2 * SECOND, max: 3 * MINUTE }),
    credits: fc.constantFrom(2.11, 12.66, 83.07, 1055),
  }),
  { minLength: 2, maxLength: 8 },
)

const offset = (ms: number) => (time: number) => time + ms

describe('the account’s events, where the clocks of server and browser differ', () => {
  it.each([-9 * SECOND, 7 * SECOND, 3 * MINUTE, 48 * HOUR, -48 * HOUR])(
    'are those of the runs and top-ups that were seen here (browser %i ms off)',
    (ms) => {
      const steps = [
        { kind: 'run', pauseMs: MINUTE, tookMs: 8 * SECOND, credits: 12.66 },
        { kind: 'top-up', pauseMs: MINUTE, tookMs: 8 * SECOND, credits: 1055 },
        { kind: 'run', pauseMs: MINUTE, tookMs: 40 * SECOND, credits: 12.66 },
      ] as const
      for (const content of contents) {
        for (const watched of [true, false]) {
          const story = { steps, content, watched }
          const off = historyOf(live({ ...story, browserAt: offset(ms) }))
          expect(off, `${content}, watched: ${watched}`).toEqual(
            historyOf(live({ ...story, browserAt: offset(0) })),
          )
          expect(off.unexplained.every((usdMicros) => usdMicros === 0)).toBe(true)
        }
      }
    },
  )

  it('are the same history by any offset, drift and one jump while they are watched', () => {
    fc.assert(
      fc.property(
        anySteps,
        fc.constantFrom(...contents),
        fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
        fc.integer({ min: -20, max: 20 }),
        fc.record({ after: fc.integer({ min: 0, max: 12 * HOUR }), by: fc.nat(2 * HOUR) }),
        (steps, content, ms, driftPpm, jump) => {
          const browserAt = (time: number): number =>
            Math.round(
              time +
                ms +
                ((time - NOON) * driftPpm) / 1e6 +
                (time - NOON > jump.after ? jump.by : 0),
            )
          const story = { steps, content, watched: true }
          expect(historyOf(live({ ...story, browserAt }))).toEqual(
            historyOf(live({ ...story, browserAt: offset(0) })),
          )
        },
      ),
      { numRuns: times(2000, 100) },
    )
  })

  it('are the same where the clock was set between a call’s end and its event', () => {
    const steps = [
      { kind: 'run', pauseMs: HOUR, tookMs: MINUTE, credits: 2.11 },
      { kind: 'run', pauseMs: 6 * SECOND, tookMs: 2 * SECOND, credits: 2.11 },
    ] as const
    const end = NOON + HOUR + MINUTE
    for (const by of [7001, HOUR]) {
      const browserAt = (time: number): number => time + (time > end ? by : 0)
      const story = { steps, content: 'plain', watched: true } as const
      expect(historyOf(live({ ...story, browserAt }))).toEqual(
        historyOf(live({ ...story, browserAt: offset(0) })),
      )
    }
  })

  it('are in the browser’s time by the dates of answers alone', () => {
    for (const ms of [-48 * HOUR, -9 * SECOND, 3 * MINUTE, 48 * HOUR]) {
      const steps = [{ kind: 'run', pauseMs: MINUTE, tookMs: 8 * SECOND, credits: 12.66 }] as const
      const one = live({ steps, content: 'plain', browserAt: offset(ms), watched: false })
      const answers = [{ at: NOON, low: -ms - SECOND, high: -ms + SECOND }]
      const keeper = browserTimeKeeper()
      const evidence = { ...one, runs: [], readings: [] }
      // An event alone shows nothing of the clocks.
      expect(keeper({ ...evidence, answers: [] })).toBe(one.events)
      const [shown] = keeper({ ...evidence, answers })
      const endedAt = one.runs[0]?.endedAt ?? 0
      expect(Math.abs((shown?.at ?? 0) - endedAt)).toBeLessThanOrEqual(SECOND + 300)
      expect(keeper.offset()).toEqual({ low: -ms - SECOND, high: -ms + SECOND })
    }
  })

  it('keep the offset of before the clock was set right, though answers are dated since', () => {
    const steps = [
      { kind: 'run', pauseMs: MINUTE, tookMs: 8 * SECOND, credits: 12.66 },
      { kind: 'run', pauseMs: HOUR, tookMs: 8 * SECOND, credits: 83.07 },
    ] as const
    const one = live({ steps, content: 'priced', browserAt: offset(5 * MINUTE), watched: false })
    const day = 24 * HOUR
    const answers = [{ at: NOON + day, low: -SECOND, high: SECOND }]
    const shown = browserTimeKeeper()({ ...one, readAt: NOON + day, answers })
    shown.forEach(({ at }, index) => {
      const { startedAt = 0, endedAt = 0 } = one.runs[index] ?? {}
      expect(at).toBeGreaterThanOrEqual(startedAt)
      expect(at).toBeLessThanOrEqual((endedAt ?? 0) + 5 * SECOND)
    })
  })

  it('are the same objects when one more comes, and when nothing is new of the clocks', () => {
    const keeper = browserTimeKeeper()
    const answers = [{ at: NOON, low: 9 * SECOND, high: 11 * SECOND }]
    const old = [newUsage(NOON, { charge_micro_usd: 60_000 })]
    const rest = { runs: [], readings: [], sightings: new Map(), readAt: NOON }
    const first = keeper({ ...rest, events: old, answers })
    expect(first[0]?.at).toBe(NOON - 9 * SECOND)
    expect(keeper({ ...rest, events: old, answers })).toBe(first)
    const newer = newUsage(NOON + MINUTE, { charge_micro_usd: 60_000 })
    const narrower = [{ at: NOON, low: 8 * SECOND, high: 10 * SECOND }]
    const second = keeper({ ...rest, events: [newer, ...old], answers: narrower })
    expect(second.map(({ at }) => at)).toEqual([NOON + MINUTE - 9 * SECOND, NOON - 9 * SECOND])
    expect(second[1]).toBe(first[0])
    expect(keeper({ ...rest, events: old, answers: narrower })[0]).toBe(first[0])
  })

  it('are not all read again when one more comes', () => {
    const COUNT = 5000
    let looks = 0
    const runAt = (index: number): Run => {
      const startedAt = NOON + index * MINUTE
      const endedAt = startedAt + 8 * SECOND
      return newRun({ promptId: `p${index}`, startedAt, endedAt, calls: [newCall({ startedAt })] })
    }
    const eventAt = (index: number): AccountEvent => {
      const at = NOON + index * MINUTE + 17 * SECOND
      const event = newUsage(at, { job_id: `p${index}` })
      const get = (): number => {
        looks += 1
        return at
      }
      return Object.defineProperty(event, 'at', { enumerable: true, get })
    }
    const newestFirst = <T>(make: (index: number) => T): T[] =>
      Array.from({ length: COUNT }, (_, index) => make(COUNT - index))
    const keeper = browserTimeKeeper()
    const answers = [{ at: NOON, low: 9 * SECOND, high: 10 * SECOND }]
    const rest = { readings: [], sightings: new Map(), readAt: NOON, answers }
    const events = newestFirst(eventAt)
    const runs = newestFirst(runAt)
    expect(keeper({ ...rest, events, runs }).at(-1)?.at).toBe(NOON + MINUTE + 8 * SECOND)
    looks = 0
    const [next] = keeper({
      ...rest,
      events: [eventAt(COUNT + 1), ...events],
      runs: [runAt(COUNT + 1), ...runs],
    })
    expect(next?.at).toBe(NOON + (COUNT + 1) * MINUTE + 8 * SECOND)
    // Those among which new pairs are looked for, some times each.
    expect(looks).toBeLessThan(2000)
  })

  it('stay as they are while nothing says that the clocks differ', () => {
    const [run] = live({
      steps: [{ kind: 'run', pauseMs: MINUTE, tookMs: SECOND, credits: 12.66 }],
      content: 'plain',
      browserAt: offset(0),
      watched: false,
    }).runs
    const other = newUsage(NOON - 3 * HOUR, { charge_micro_usd: 60_000 })
    const events = [other]
    const runs = run ? [run] : []
    const readAt = NOON + 2 * MINUTE
    expect(
      browserTimeKeeper()({
        events,
        runs,
        readings: [],
        sightings: new Map(),
        readAt,
        answers: [],
      }),
    ).toBe(events)
  })
})
