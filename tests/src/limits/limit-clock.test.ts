import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { knownRuns } from '../../../src/limits/known-run.ts'
import { LimitClock } from '../../../src/limits/limit-clock.ts'
import type { Limit } from '../../../src/limits/limit.ts'
import type { NotedRun } from '../../../src/limits/noted-run.ts'
import { periodOf } from '../../../src/limits/period.ts'
import { progressOf } from '../../../src/limits/progress.ts'
import { summaryOf, type RunSummary } from '../../../src/run-archive/summary.ts'
import { runs } from '../support/runs.ts'
import { newCall, newRun, NOON } from '../../support/builders/run.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** What an answer's date leaves open, and what a clock that drifts is granted. */
const SLACK = 5 * SECOND

const daily: Limit = {
  id: 'a',
  period: 'day',
  scope: { kind: 'all' },
  usdMicros: 1000,
  action: 'stop',
}

/** A browser whose clock anyone may set, and the service, whose clock is right. */
class Browser {
  real = NOON
  #wall = 0
  #ticks = 0
  #last = -Infinity
  #shift = 0
  clock = this.#open()
  readonly runs: { summary: RunSummary; at: number }[] = []
  readonly noted = new Map<string, NotedRun>()

  /** As src/session/clock.ts: what comes later has no earlier time. */
  page(): number {
    const at = this.real + this.#wall + this.#shift
    if (at < this.#last) this.#shift += this.#last - at
    this.#last = Math.max(this.#last, at)
    return this.#last
  }

  #open(): LimitClock {
    this.#last = -Infinity
    this.#shift = 0
    return new LimitClock(this.page(), this.#ticks)
  }

  pass(ms: number, sleeps = false): void {
    this.real += ms
    if (!sleeps) this.#ticks += ms
  }

  set(ms: number): void {
    this.#wall = ms
  }

  reload(): void {
    this.clock = this.#open()
    this.answer()
  }

  answer(): void {
    const date = Math.floor(this.real / SECOND) * SECOND
    this.clock.answered({ date, tookMs: 20, page: this.page(), ticks: this.#ticks })
  }

  run(): void {
    const page = this.page()
    const promptId = `run-${this.runs.length}`
    const calls = [newCall({ announcedCredits: 2.11 })]
    const run = newRun({ promptId, startedAt: page, endedAt: page, calls })
    this.runs.unshift({ summary: summaryOf(run, null), at: this.real })
    const skewMs = this.clock.offset
    this.noted.set(promptId, { id: promptId, at: page, skewMs, usdMicros: 10_000, parts: [] })
  }

  now = (): number => this.clock.now(this.page(), this.#ticks)

  /** What the limit counts now. */
  counted(): number {
    const evidence = {
      summaries: this.runs.map(({ summary }) => summary),
      reservations: [],
      noted: this.noted,
      offsetMs: this.clock.offset,
    }
    const now = this.now()
    const known = {
      runs: knownRuns(evidence, periodOf('day', now).from),
      learned: new Map<string, string>(),
      since: -Infinity,
    }
    return progressOf(daily, known, now).spentUsdMicros
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('pass' as const), ms: fc.nat(10 * HOUR) }),
  fc.record({ do: fc.constant('sleep' as const), ms: fc.nat(10 * HOUR) }),
  fc.record({ do: fc.constant('set' as const), ms: fc.integer({ min: -72, max: 72 }) }),
  fc.record({ do: fc.constantFrom('run' as const, 'reload' as const, 'answer' as const) }),
)

function take(browser: Browser, next: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
  if (next.do === 'pass') browser.pass(next.ms)
  else if (next.do === 'sleep') browser.pass(next.ms, true)
  else if (next.do === 'set') browser.set(next.ms * HOUR)
  else browser[next.do]()
}

describe('the time that limits go by', () => {
  it('is the service’s, and never later, however the browser’s clock is set', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const browser = new Browser()
        browser.answer()
        for (const next of steps) {
          take(browser, next)
          expect(browser.now()).toBeLessThan(browser.real + SLACK)
        }
        browser.answer()
        expect(Math.abs(browser.now() - browser.real)).toBeLessThan(SLACK)
      }),
      { numRuns: runs(1000, 150) },
    )
  })

  it('lets no run of the day drop out of its limit, however the browser’s clock is set', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const browser = new Browser()
        browser.answer()
        for (const next of steps) {
          take(browser, next)
          // A run within the slack of midnight may count on either side of it.
          const { from } = periodOf('day', browser.real)
          const today = browser.runs.filter(({ at }) => at >= from + SLACK)
          expect(browser.counted()).toBeGreaterThanOrEqual(today.length * 10_000)
        }
      }),
      { numRuns: runs(1000, 150) },
    )
  })

  it('begins the next day at midnight where no clock is wrong', () => {
    const browser = new Browser()
    browser.answer()
    browser.run()
    browser.pass(12 * HOUR - SECOND)
    expect(browser.counted()).toBe(10_000)
    browser.pass(2 * SECOND)
    browser.answer()
    expect(browser.counted()).toBe(0)
  })
})
