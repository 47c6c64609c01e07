import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { knownRuns, neededSince } from '../../../src/limits/known-run.ts'
import type { Limit } from '../../../src/limits/limit.ts'
import { exceeded, progressOf, type Known } from '../../../src/limits/progress.ts'
import { nodeModels } from '../../../src/limits/scope.ts'
import type { Verdict } from '../../../src/reconciliation/verdict.ts'
import { summaryOf, type RunSummary } from '../../../src/run-archive/summary.ts'
import type { Expected } from '../../../src/reservations/expected.ts'
import {
  joinReservations,
  reservation,
  withSpent,
  type Reservation,
} from '../../../src/reservations/reservation.ts'
import type { Run, RunOutcome } from '../../../src/runs/run.ts'
import { runs } from '../support/runs.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'

const EACH = 8
const MICROS = usdMicrosFromCredits(EACH)

const daily: Limit = {
  id: 'a',
  period: 'day',
  scope: { kind: 'all' },
  usdMicros: usdMicrosFromCredits(20),
  action: 'stop',
}
const expected: Expected = {
  usdMicros: MICROS,
  workflow: 'portrait',
  parts: [{ names: ['gpt-image-1', 'OpenAIImage'], usdMicros: MICROS }],
  isAuto: false,
}
const bounds = { minUsdMicros: MICROS, maxUsdMicros: MICROS }

function knownOf(
  summaries: readonly RunSummary[],
  reservations: readonly Reservation[] = [],
): Known {
  const evidence = { summaries, reservations, noted: new Map(), offsetMs: 0 }
  const learned = nodeModels(summaries)
  return { runs: knownRuns(evidence, NOON - 12 * 3600 * SECOND), learned, since: -Infinity }
}

function verdictOf(promptId: string, usdMicros: number): Verdict {
  return {
    promptId,
    usdMicros,
    certainty: 'proved',
    word: 'charged',
    evidence: { match: null, eventIds: [], spans: [] },
    calls: [],
    revised: null,
  }
}

/** What has really happened to a run, and what the two tabs and the archive know of it. */
interface Real {
  readonly run: Run
  charged: number
  isOver: boolean
  judged: boolean
}

type Step =
  | { readonly do: 'queue'; readonly run: number; readonly tab: 0 | 1 }
  | {
      readonly do: 'start' | 'charge' | 'store' | 'judge' | 'forget' | 'reload'
      readonly run: number
    }
  | { readonly do: 'end'; readonly run: number; readonly outcome: RunOutcome }

const run = fc.nat(4)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('queue' as const),
      run,
      tab: fc.constantFrom(0 as const, 1 as const),
    }),
    fc.record({
      do: fc.constantFrom(
        'start' as const,
        'charge' as const,
        'store' as const,
        'judge' as const,
        'forget' as const,
        'reload' as const,
      ),
      run,
    }),
    fc.record({
      do: fc.constant('end' as const),
      run,
      outcome: fc.constantFrom<RunOutcome>('succeeded', 'failed', 'cancelled', 'interrupted'),
    }),
  ),
  { maxLength: 60 },
)

class World {
  readonly real = new Map<number, Real>()
  readonly tabs = [new Map<string, Reservation>(), new Map<string, Reservation>()] as const
  readonly stored = new Map<string, RunSummary>()
  #now = NOON

  take(step: Step): void {
    this.#now += 1
    const id = `run-${step.run}`
    const known = this.real.get(step.run)
    if (step.do === 'queue') {
      if (known) return
      const started = newRun({
        promptId: id,
        startedAt: this.#now,
        endedAt: null,
        outcome: 'running',
        workflow: 'portrait',
      })
      this.real.set(step.run, { run: started, charged: 0, isOver: false, judged: false })
      const taken = { ...reservation(id, bounds, expected), takenAt: this.#now }
      this.tabs[step.tab].set(id, taken)
    } else if (known) this.#follow(step, id, known)
  }

  #follow(step: Exclude<Step, { do: 'queue' }>, id: string, known: Real): void {
    if (step.do === 'charge' && !known.isOver && known.charged === 0) {
      known.charged = MICROS
      this.#alter(id, (each) => withSpent(each, MICROS, this.#now))
    } else if (step.do === 'end' && !known.isOver) {
      known.isOver = true
      // One that succeeds has been charged.
      if (step.outcome === 'succeeded') known.charged = MICROS
      this.#alter(id, (each) => ({
        ...withSpent(each, known.charged, this.#now),
        endedAt: this.#now,
      }))
      Object.assign(known, { run: { ...known.run, outcome: step.outcome, endedAt: this.#now } })
    } else if (step.do === 'store' || step.do === 'judge') {
      if (step.do === 'judge') known.judged ||= known.isOver
      this.stored.set(id, this.#summary(known))
    } else if (step.do === 'reload') {
      const one = this.tabs[0].get(id) ?? this.tabs[1].get(id)
      if (one) for (const tab of this.tabs) tab.set(id, tab.get(id) ?? one)
    } else if (step.do === 'forget') {
      // Only once the archive has what it says now.
      const isStored = known.isOver && this.stored.get(id)?.outcome !== 'running'
      if (isStored && this.stored.has(id)) for (const tab of this.tabs) tab.delete(id)
    }
  }

  #alter(id: string, how: (known: Reservation) => Reservation): void {
    for (const tab of this.tabs) {
      const known = tab.get(id)
      if (known) tab.set(id, how(known))
    }
  }

  #summary({ run: { promptId, ...rest }, charged, judged }: Real): RunSummary {
    const calls = [newCall({ announcedCredits: charged > 0 ? EACH : null })]
    const now = newRun({ ...rest, promptId, calls, announcedCredits: charged > 0 ? EACH : null })
    return summaryOf(now, judged ? verdictOf(promptId, charged) : null)
  }

  known(): Known {
    const summaries = [...this.stored.values()].toSorted((a, b) => b.startedAt - a.startedAt)
    return knownOf(summaries, joinReservations(this.tabs.map((tab) => [...tab.values()])))
  }
}

describe('what has been spent, and what is reserved', () => {
  it('counts each run once, whatever ends, fails or is cancelled in whatever order', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = new World()
        for (const step of all) {
          world.take(step)
          const progress = progressOf(daily, world.known(), NOON + 60 * SECOND)
          const real = [...world.real.values()]
          const left = real.reduce(
            (sum, each) => sum + (each.isOver ? 0 : MICROS - each.charged),
            0,
          )
          expect(progress.spentUsdMicros).toBe(real.reduce((sum, each) => sum + each.charged, 0))
          expect(progress.reservedUsdMicros).toBe(left)
        }
      }),
      { numRuns: runs(1000, 150) },
    )
  })

  it('is what a run was expected to cost where it succeeded and nobody says its price', () => {
    const id = 'silent'
    const unpriced = summaryOf(newRun({ promptId: id }), null)
    const noted = new Map([
      [id, { id, at: NOON, skewMs: 0, usdMicros: MICROS, parts: expected.parts }],
    ])
    const evidence = { summaries: [unpriced], reservations: [], noted, offsetMs: 0 }
    const [known] = knownRuns(evidence, NOON)
    expect(known).toMatchObject({ spentUsdMicros: MICROS, reservedUsdMicros: 0, isKnown: false })
  })

  it('is a part where older runs are not known, or a price is not', () => {
    const priced = summaryOf(newRun({ calls: [newCall({ announcedCredits: EACH })] }), null)
    const now = NOON + 60 * SECOND
    expect(progressOf(daily, knownOf([priced]), now).isPartial).toBe(false)
    expect(progressOf(daily, { ...knownOf([priced]), since: NOON }, now).isPartial).toBe(true)
    expect(progressOf(daily, knownOf([summaryOf(newRun(), null)]), now).isPartial).toBe(true)
  })
})

describe('a limit', () => {
  const two = [1, 2].map((at) =>
    summaryOf(
      newRun({
        promptId: `p${at}`,
        workflow: 'portrait',
        calls: [newCall({ announcedCredits: EACH })],
      }),
      null,
    ),
  )
  const now = NOON + 60 * SECOND
  const judge = (limit: Limit, known: Known, batchCount = 1): boolean =>
    exceeded(progressOf(limit, known, now), expected, batchCount, known.learned) !== null

  it('of 20 credits stops the third run of 8, and a batch of 3', () => {
    expect(judge(daily, knownOf(two.slice(0, 1)))).toBe(false)
    expect(judge(daily, knownOf(two))).toBe(true)
    expect(judge(daily, knownOf([]), 2)).toBe(false)
    expect(judge(daily, knownOf([]), 3)).toBe(true)
  })

  it('counts what is queued, in other tabs too', () => {
    const queued = ['x', 'y'].map((id) => reservation(id, bounds, expected))
    expect(judge(daily, knownOf([], queued))).toBe(true)
  })

  it('that is used up stops what may cost, though nobody knows how much', () => {
    const unknown = { ...expected, usdMicros: 0, parts: [{ names: ['New'], usdMicros: 0 }] }
    const used = { ...daily, usdMicros: 2 * MICROS }
    const progress = progressOf(used, knownOf(two), now)
    expect(exceeded(progress, unknown, 1, new Map())).not.toBeNull()
  })

  it('of each run judges it by itself', () => {
    const each: Limit = { ...daily, period: 'run', usdMicros: MICROS }
    expect(judge(each, knownOf(two), 4)).toBe(false)
    expect(judge({ ...each, usdMicros: MICROS - 1 }, knownOf([]))).toBe(true)
  })

  it('of a workflow counts its runs alone', () => {
    const scope = { kind: 'workflow', name: 'portrait' } as const
    expect(judge({ ...daily, scope }, knownOf(two))).toBe(true)
    expect(judge({ ...daily, scope: { ...scope, name: 'other' } }, knownOf(two))).toBe(false)
  })

  it('of a model counts what that has cost, by the name of the account or of the node', () => {
    const calls = [
      newCall({ nodeId: '1', title: 'Paint', announcedCredits: 6 }),
      newCall({ nodeId: '2', title: 'Film', announcedCredits: 2 }),
    ]
    const measures = { inputTokens: null, outputTokens: null, images: null, seconds: null }
    const judged = (nodeId: string, credits: number, model: string) => ({
      nodeId,
      usdMicros: usdMicrosFromCredits(credits),
      certainty: 'proved' as const,
      measures: { ...measures, model },
    })
    const verdict = {
      ...verdictOf('p', MICROS),
      calls: [judged('1', 6, 'gpt-image-1'), judged('2', 2, 'kling-v2')],
    }
    const known = knownOf([summaryOf(newRun({ calls }), verdict)])
    const scope = { kind: 'model', model: 'GPT-image-1' } as const
    const ofModel = progressOf({ ...daily, scope }, known, now)
    expect(ofModel.spentUsdMicros).toBe(usdMicrosFromCredits(6))
    expect(exceeded(ofModel, { ...expected, parts: [] }, 9, known.learned)).toBeNull()
    // The account has named the model of a node that has no widget for it.
    const film = { ...expected, parts: [{ names: ['KlingVideo', 'Film'], usdMicros: MICROS }] }
    const ofFilm = progressOf({ ...daily, scope: { ...scope, model: 'kling-v2' } }, known, now)
    expect(exceeded(ofFilm, film, 2, known.learned)).toBeNull()
    expect(exceeded(ofFilm, film, 3, known.learned)).not.toBeNull()
  })
})

describe('summaries of the period', () => {
  const at = fc.integer({ min: -60, max: 2 }).map((days) => NOON + days * 24 * 3600 * SECOND)
  const ids = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 20 })

  it('are enough: all others change nothing', () => {
    const arbitrary = fc.record({
      stored: ids.chain((all) =>
        fc.tuple(...all.map((id) => fc.record({ id: fc.constant(id), startedAt: at }))),
      ),
      noted: fc.array(fc.record({ id: fc.nat(30), at }), { maxLength: 5 }),
      reserved: fc.array(fc.record({ id: fc.nat(30), at }), { maxLength: 5 }),
      offsetMs: fc.constantFrom(0, 3600 * SECOND, -40 * 24 * 3600 * SECOND),
      from: at,
    })
    fc.assert(
      fc.property(arbitrary, ({ stored, noted, reserved, offsetMs, from }) => {
        const summaries = stored
          .map(({ id, startedAt }) => summaryOf(newRun({ promptId: `p${id}`, startedAt }), null))
          .toSorted((a, b) => b.startedAt - a.startedAt)
        const rest = {
          reservations: reserved.map((one) => ({
            ...reservation(`p${one.id}`, bounds, expected),
            takenAt: one.at,
          })),
          noted: new Map(
            noted.map((one) => [
              `p${one.id}`,
              { ...one, id: `p${one.id}`, skewMs: 0, usdMicros: MICROS, parts: expected.parts },
            ]),
          ),
          offsetMs,
        }
        const since = neededSince(rest, from)
        const recent = summaries.filter(({ startedAt }) => startedAt >= since)
        const some = knownRuns({ ...rest, summaries: recent }, from)
        expect(some).toEqual(knownRuns({ ...rest, summaries }, from))
      }),
    )
  })
})
