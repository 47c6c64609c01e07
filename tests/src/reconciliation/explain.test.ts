import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { usdMicrosFromCents, usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { AccountEvent } from '../../../src/account-events/account-event.ts'
import type { HistoryRow } from '../../../src/history/row.ts'
import { buildRows } from '../../../src/history/rows.ts'
import { explain, type Evidence } from '../../../src/reconciliation/explain.ts'
import type { Reading } from '../../../src/reconciliation/balance-reading.ts'
import type { Call, Run } from '../../../src/runs/run.ts'
import { newEvent } from '../../support/builders/account-event.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'
import { credits } from '../../support/builders/server-runs.ts'
import { runs as repetitions } from '../support/runs.ts'

const CENT = usdMicrosFromCents(1)

const reading = (seconds: number, cents: number): Reading => ({
  at: NOON + seconds * SECOND,
  usdMicros: cents * CENT,
})

const call = (part: Partial<Call> = {}): Call => newCall({ outcome: 'failed', ...part })
/** Failed without a word of a price. */
const run = (part: Partial<Run> = {}): Run =>
  newRun({ outcome: 'failed', reason: 'other', calls: [call()], ...part })

const priced = call({ announcedCredits: 12.66, answers: [12.66] })

const given = (evidence: Partial<Evidence>): Evidence => ({
  readings: [],
  runs: [],
  events: [],
  readAt: NOON + 1000 * SECOND,
  hasMore: false,
  overheard: [],
  before: new Map(),
  ...evidence,
})
const ask = (evidence: Partial<Evidence>) => explain(given(evidence))

describe('who a run is of', () => {
  const event = newEvent('api_usage_completed', NOON + 9 * SECOND, {
    api_name: 'aurora',
    charge_micro_usd: 60_000,
    job_id: 'p',
  })
  const named = { ...event, memberName: 'Ann', apiKeyName: 'CI' }
  const runs = [run({ outcome: 'succeeded', calls: [{ ...priced, outcome: 'succeeded' }] })]
  const who = { members: ['Ann'], apiKeys: ['CI'] }

  it('stays known when its events are not loaded any more', () => {
    const first = ask({ runs, events: [named] })
    expect(first.verdicts.get('p')?.who).toEqual(who)
    const later = ask({ runs, before: first.verdicts })
    expect(later.verdicts.get('p')?.who).toEqual(who)
    expect(later.news).toEqual([])
  })

  it('is stored with a verdict that was stored without', () => {
    const before = ask({ runs, events: [event] }).verdicts
    expect(before.get('p')?.who).toBeUndefined()
    expect(ask({ runs, events: [named], before }).news).toMatchObject([{ promptId: 'p', who }])
  })
})

describe('what a balance proves', () => {
  it('is nothing until the charge has had its time to come', () => {
    const early = { runs: [run()], readings: [reading(-60, 500), reading(14, 500)] }
    expect(ask(early).verdicts.get('p')?.word).toBe('open')
    const late = { ...early, readings: [...early.readings, reading(16, 500)] }
    expect(ask(late).verdicts.get('p')).toMatchObject({
      word: 'nothing-charged',
      certainty: 'proved',
    })
  })

  it('is what came after a balance that had not moved yet', () => {
    const { verdicts, open } = ask({
      runs: [run()],
      readings: [reading(-60, 500), reading(5, 500), reading(14, 500), reading(40, 494)],
    })
    expect(verdicts.get('p')).toMatchObject({
      usdMicros: 6 * CENT,
      certainty: 'proved',
      word: 'nothing-delivered',
    })
    expect(open).toEqual([])
  })

  it('is all of a list, though the balance was read when half of it was charged', () => {
    const list = call({ announcedCredits: 8.44, asked: 3, answers: [8.44, 8.44, 8.44] })
    const { verdicts } = ask({
      runs: [run({ calls: [{ ...list, outcome: 'succeeded' }], outcome: 'succeeded' })],
      readings: [reading(-60, 500), reading(5, 496), reading(12, 492), reading(40, 488)],
    })
    expect(verdicts.get('p')).toMatchObject({ usdMicros: 12 * CENT, certainty: 'proved' })
  })
})

describe('a busy page, which sees a call begin when its charge has left the balance,', () => {
  const begun = (part: Partial<Call>): Run => {
    const outcome = 'succeeded'
    const seen = { startedAt: NOON + 1100, endedAt: NOON + 3 * SECOND, outcome } as const
    const calls = [call({ ...part, ...seen })]
    return run({ calls, startedAt: NOON + SECOND, endedAt: seen.endedAt, outcome })
  }
  const costs6Cents = { usdMicros: 6 * CENT, certainty: 'proved', word: 'charged' }

  it.each([
    ['after it saw the run begin', 1.05],
    ['before it saw the run begin', 0.9],
  ])('has its cost, as a reading shows %s', (_, at) => {
    const { verdicts, open } = ask({
      runs: [begun({ announcedCredits: 12.66, answers: [12.66] })],
      readings: [reading(-60, 500), reading(at, 494), reading(40, 494)],
    })
    expect(verdicts.get('p')).toMatchObject(costs6Cents)
    expect(open).toEqual([])
  })

  it('has the cost of a call that quoted none', () => {
    const { verdicts, open } = ask({
      runs: [begun({})],
      readings: [reading(-60, 500), reading(1.05, 494), reading(40, 494)],
    })
    expect(verdicts.get('p')).toMatchObject(costs6Cents)
    expect(open).toEqual([])
  })
})

describe('an account that charges late, and names no price', () => {
  const worked = (part: Partial<Run> = {}, ...cents: number[]): Run =>
    run({
      outcome: 'succeeded',
      calls: (cents.length > 0 ? cents : [6]).map((each, index) =>
        call({
          ...priced,
          nodeId: `${index}`,
          announcedCredits: credits(each),
          answers: [credits(each)],
          outcome: 'succeeded',
        }),
      ),
      ...part,
    })
  const late = [reading(-60, 500), reading(16, 500), reading(40, 494)]
  const costs6Cents = { usdMicros: 6 * CENT, certainty: 'proved', word: 'charged' }

  it('charges the run that quoted it, which was held for free before', () => {
    const runs = [worked()]
    const first = ask({ runs, readings: late.slice(0, 2) })
    expect(first.verdicts.get('p')).toMatchObject({ word: 'nothing-charged' })
    const second = ask({ runs, readings: late, before: first.verdicts })
    expect(second.verdicts.get('p')).toMatchObject({
      ...costs6Cents,
      calls: [{ usdMicros: 6 * CENT, certainty: 'proved' }],
      revised: { usdMicros: 0, certainty: 'proved' },
    })
    expect([second.open, second.news.length]).toEqual([[], 1])
    const third = ask({ runs, readings: late, before: second.verdicts })
    expect([third.verdicts, third.open, third.news]).toEqual([second.verdicts, [], []])
  })

  it('does so where the page comes back between, and where nothing was said before', () => {
    const runs = [worked()]
    const before = ask({ runs, readings: late.slice(0, 2) }).verdicts
    const again = ask({ runs, readings: late.slice(1), before })
    expect(again.verdicts.get('p')).toMatchObject(costs6Cents)
    expect(again.open).toEqual([])
    const atOnce = ask({ runs, readings: late })
    expect(atOnce.verdicts.get('p')).toMatchObject(costs6Cents)
    expect(atOnce.open).toEqual([])
    const afterwards = ask({ runs, readings: late.slice(1), before: again.verdicts })
    expect([afterwards.verdicts, afterwards.open]).toEqual([again.verdicts, []])
  })

  it('charges it beside a run that is charged in its time, and one whose own is to come', () => {
    const next = { promptId: 'q', startedAt: NOON + 20 * SECOND, endedAt: NOON + 30 * SECOND }
    const calls = worked({}, 4).calls.map((one) => ({ ...one, ...next, nodeId: '7' }))
    const runs = [worked(next, 4), worked()].map((one) =>
      one.promptId === 'q' ? { ...one, calls } : one,
    )
    const both = ask({ runs, readings: [...late.slice(0, 2), reading(40, 490)] })
    const costs = (verdicts: typeof both.verdicts) =>
      ['p', 'q'].map((id) => (verdicts.get(id)?.usdMicros ?? NaN) / CENT)
    expect([costs(both.verdicts), both.open]).toEqual([[6, 4], []])
    const oneByOne = ask({ runs, readings: [...late, reading(60, 490)] })
    expect([costs(oneByOne.verdicts), oneByOne.open]).toEqual([[6, 4], []])
  })

  it('charges the second of two calls after the first', () => {
    const runs = [worked({}, 6, 4)]
    const readings = [reading(-60, 500), reading(16, 494), reading(40, 490)]
    const first = ask({ runs, readings: readings.slice(0, 2) })
    expect(first.verdicts.get('p')).toMatchObject({ usdMicros: 6 * CENT })
    const second = ask({ runs, readings, before: first.verdicts })
    expect(second.verdicts.get('p')).toMatchObject({
      usdMicros: 10 * CENT,
      certainty: 'proved',
      calls: [
        { usdMicros: 6 * CENT, certainty: 'proved' },
        { usdMicros: 4 * CENT, certainty: 'proved' },
      ],
    })
    const third = ask({ runs, readings, before: second.verdicts })
    expect([third.verdicts, third.open]).toEqual([second.verdicts, []])
    const without = ask({ runs, readings: readings.slice(1), before: first.verdicts })
    expect(without.verdicts.get('p')).toEqual(first.verdicts.get('p'))
    expect(without.open).toMatchObject([{ unexplainedUsdMicros: -4 * CENT }])
  })

  it('charges a run that quoted nothing, where it alone can have cost it', () => {
    const silent = [worked({ calls: [call({ outcome: 'succeeded' })] })]
    const { verdicts, open } = ask({ runs: silent, readings: late })
    expect(verdicts.get('p')).toMatchObject(costs6Cents)
    expect(open).toEqual([])
    const more = ask({ runs: silent, readings: [...late, reading(50, 487)] })
    expect(more.verdicts.get('p')).toMatchObject(costs6Cents)
    expect(more.open).toMatchObject([{ unexplainedUsdMicros: -7 * CENT }])
  })

  it.each([
    ['another amount', worked(), [...late.slice(0, 2), reading(40, 493)]],
    ['the price of a run that failed', run({ calls: [priced] }), late],
    ['more than a minute later', worked(), [reading(-60, 500), reading(71, 500), reading(80, 494)]],
  ])('does not charge it %s', (_, one, readings) => {
    const { verdicts, open } = ask({ runs: [one], readings })
    expect(verdicts.get('p')).toMatchObject({ word: 'nothing-charged', usdMicros: 0 })
    expect(open).toHaveLength(1)
  })
})

describe('a balance that follows its events late', () => {
  const runs = [run({ outcome: 'succeeded', calls: [{ ...priced, outcome: 'succeeded' }] })]
  const charged = (seconds: number, cents: number, job: string) =>
    newEvent('api_usage_completed', NOON + seconds * SECOND, {
      charge_micro_usd: cents * CENT,
      job_id: job,
    })
  const late = [reading(-60, 500), reading(16, 500), reading(30, 500), reading(45, 494)]

  it('has moved once by a run, though it was read twice before it moved', () => {
    const { verdicts, changes, open } = ask({ runs, readings: late, events: [charged(1, 6, 'p')] })
    expect(verdicts.get('p')).toMatchObject({ usdMicros: 6 * CENT, word: 'charged' })
    expect(changes).toMatchObject([
      { usdMicros: -6 * CENT, parts: [{ kind: 'run', promptId: 'p' }], unexplainedUsdMicros: 0 },
    ])
    expect(open).toEqual([])
  })

  it('has moved once by usage elsewhere, and by a top-up', () => {
    const added = newEvent('credit_added', NOON + 2 * SECOND, { amount: 100 })
    const readings = [...late.slice(0, 3), reading(45, 494), reading(80, 594)]
    const { changes, open } = ask({ readings, events: [charged(1, 6, 'other'), added] })
    expect(changes.flatMap(({ parts }) => parts.map(({ kind }) => kind)).toSorted()).toEqual([
      'elsewhere',
      'top-up',
    ])
    expect(open).toEqual([])
  })

  it('comes out even where each run moves it in the time of the next', () => {
    const readings = [0, 20, 40, 60, 90].map((at, index) =>
      reading(at, 500 - 6 * Math.max(0, index - 1)),
    )
    const events = [5, 25, 45].map((at) => charged(at, 6, `job-${at}`))
    expect(ask({ readings, events }).open).toEqual([])
  })

  it('is said to be one only where the amount is the event’s, and comes within a minute', () => {
    const events = [charged(1, 6, 'p')]
    const another = [...late.slice(0, 3), reading(45, 493)]
    expect(ask({ runs, readings: another, events }).open).toHaveLength(2)
    const longAfter = [...late.slice(0, 3), reading(95, 500), reading(110, 494)]
    expect(ask({ runs, readings: longAfter, events }).open).toHaveLength(2)
  })

  it('is not called unexplained while it may still follow', () => {
    const stillOld = { runs, readings: late.slice(0, 2), events: [charged(1, 6, 'p')] }
    expect(ask({ ...stillOld, readAt: NOON + 20 * SECOND }).open).toEqual([])
    expect(ask({ ...stillOld, readAt: NOON + 77 * SECOND }).open).toMatchObject([
      { unexplainedUsdMicros: 6 * CENT },
    ])
  })
})

describe('what nobody explains', () => {
  const readings = [reading(0, 500), reading(60, 480)]

  it('is called so when the account was asked about the whole of its time, and not before', () => {
    expect(ask({ readings }).open).toMatchObject([{ unexplainedUsdMicros: -20 * CENT }])
    expect(ask({ readings, readAt: null }).open).toEqual([])
    expect(ask({ readings, readAt: NOON + 50 * SECOND })).toMatchObject({
      open: [],
      askUpTo: NOON + 60 * SECOND,
    })
    expect(ask({ readings }).askUpTo).toBeNull()
  })

  it('is not looked for before the time that the loaded events reach back to', () => {
    const events = [newEvent('credit_added', NOON + 30 * SECOND, { amount: 500 })]
    expect(ask({ readings, events, hasMore: true }).open).toEqual([])
  })
})

describe('a verdict that was kept', () => {
  const proved = ask({
    runs: [run({ calls: [priced] })],
    readings: [reading(-60, 500), reading(40, 494)],
  })

  it('stays proved when what proved it is not at hand any more', () => {
    const again = ask({ runs: [run({ calls: [priced] })], before: proved.verdicts })
    expect(again.verdicts.get('p')).toEqual(proved.verdicts.get('p'))
    expect(again.news).toEqual([])
  })

  it('of a charge that nobody announced explains the balance on the next visit too', () => {
    const first = ask({ runs: [run()], readings: [reading(-60, 500), reading(40, 494)] })
    const again = ask({
      runs: [run()],
      readings: [reading(-60, 500), reading(60, 484)],
      before: first.verdicts,
    })
    expect(again.verdicts.get('p')).toMatchObject({ usdMicros: 6 * CENT, certainty: 'proved' })
    expect(again.open).toMatchObject([{ unexplainedUsdMicros: -10 * CENT }])
  })

  it('is changed by what the account tells later, and says so; then it stays', () => {
    const charge = { job_id: 'p', charge_micro_usd: 4 * CENT }
    const events = [newEvent('api_usage_completed', NOON + 9 * SECOND, charge)]
    const listed = ask({ runs: [run({ calls: [priced] })], events, before: proved.verdicts })
    expect(listed.verdicts.get('p')).toMatchObject({
      usdMicros: 4 * CENT,
      evidence: { match: 'job-id' },
      revised: { usdMicros: 6 * CENT, certainty: 'proved' },
    })
    expect(listed.news).toHaveLength(1)
    const balance = [reading(-60, 500), reading(40, 494)]
    const elsewhere = ask({
      runs: [run({ calls: [priced] })],
      readings: balance,
      before: listed.verdicts,
    })
    expect(elsewhere.verdicts.get('p')).toEqual(listed.verdicts.get('p'))
  })

  it('is not given to a run that goes on', () => {
    const going = run({ endedAt: null, outcome: 'running', calls: [{ ...priced, endedAt: null }] })
    expect(ask({ runs: [going], readings: [reading(-60, 500)] }).verdicts.size).toBe(0)
  })
})

/** What happened, in order; each has a minute to itself, at whose end the balance is read. */
type Happening =
  | {
      readonly kind: 'run'
      readonly calls: readonly { readonly cents: number; readonly said: boolean }[]
      readonly outcome: 'succeeded' | 'failed' | 'cancelled'
      readonly listed: 'by-job' | 'by-time' | 'not'
      readonly charged: boolean
      readonly readAt: number
      /** A busy page reads the balance, all charged, before it handles what the run has reported. */
      readonly seenLate: boolean
      /** The account charges it in the next minute, and the balance is read then. */
      readonly paidLate: boolean
      /** Its events are there in time, and the balance follows in the next minute. */
      readonly shownLate: boolean
    }
  | { readonly kind: 'elsewhere'; readonly cents: number; readonly listed: boolean }
  | { readonly kind: 'top-up'; readonly cents: number }
  | { readonly kind: 'nobody-looks' }

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      calls: fc.array(fc.record({ cents: fc.integer({ min: 1, max: 30 }), said: fc.boolean() }), {
        minLength: 1,
        maxLength: 3,
      }),
      outcome: fc.constantFrom('succeeded', 'failed', 'cancelled'),
      listed: fc.constantFrom('by-job', 'by-time', 'not'),
      charged: fc.boolean(),
      readAt: fc.integer({ min: 3, max: 55 }),
      seenLate: fc.boolean(),
      paidLate: fc.boolean(),
      shownLate: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constant('elsewhere' as const),
    cents: fc.integer({ min: 1, max: 30 }),
    listed: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('top-up' as const), cents: fc.integer({ min: 100, max: 200 }) }),
  fc.constant({ kind: 'nobody-looks' as const }),
)

/** The truth, and what this browser and the account know of it. */
class History {
  readonly readings: Reading[] = [reading(0, 5000)]
  readonly runs: Run[] = []
  readonly events: AccountEvent[] = []
  cents = 5000
  seconds = 0
  #unpaid: ((offset: number) => void)[] = []

  constructor(happenings: readonly Happening[]) {
    for (const happening of happenings) {
      this.#pay()
      this.#add(happening)
      this.seconds += 60
      if (happening.kind !== 'nobody-looks') this.#read(0)
    }
    this.#pay()
    this.#read(30)
  }

  #pay(): void {
    for (const pay of this.#unpaid) pay(1)
    if (this.#unpaid.length > 0) this.#read(2)
    this.#unpaid = []
  }

  #read(offset: number): void {
    this.readings.push(reading(this.seconds + offset, this.cents))
  }

  #tell(type: string, offset: number, params: Record<string, unknown>): void {
    this.events.unshift(newEvent(type, NOON + (this.seconds + offset) * SECOND, params))
  }

  #add(happening: Happening): void {
    if (happening.kind === 'top-up') {
      this.cents += happening.cents
      this.#tell('credit_added', 5, { amount: happening.cents })
    } else if (happening.kind === 'elsewhere') {
      this.cents -= happening.cents
      const charge = { charge_micro_usd: happening.cents * CENT, job_id: `other-${this.seconds}` }
      if (happening.listed) this.#tell('api_usage_completed', 5, charge)
    } else if (happening.kind === 'run') this.#run(happening)
  }

  #run(happening: Extract<Happening, { kind: 'run' }>): void {
    const { calls, outcome, listed, charged, readAt, seenLate, paidLate, shownLate } = happening
    const begin = NOON + (this.seconds + 5) * SECOND
    const promptId = `run-${this.seconds}`
    const made = calls.map(({ cents, said }, index) =>
      call({
        nodeId: `${index}`,
        announcedCredits: said ? credits(cents) : null,
        answers: said ? [credits(cents)] : [null],
        outcome: outcome === 'succeeded' || index < calls.length - 1 ? 'succeeded' : outcome,
        startedAt: begin + index * 10 * SECOND,
        endedAt: begin + (index + 1) * 10 * SECOND,
      }),
    )
    const endedAt = begin + calls.length * 10 * SECOND
    this.runs.unshift(run({ promptId, calls: made, outcome, startedAt: begin, endedAt }))
    const before = this.cents
    for (const [index, { cents }] of charged ? calls.entries() : []) {
      const charge = { node_type: 'SampleImage', charge_micro_usd: cents * CENT }
      const whose = listed === 'by-job' ? { job_id: promptId } : {}
      const tell = (offset: number): void => {
        if (listed !== 'not') this.#tell('api_usage_completed', offset, { ...charge, ...whose })
      }
      const pay = (): void => {
        this.cents -= cents
      }
      const inTime = 5 + (index + 1) * 10
      if (!paidLate) tell(inTime)
      if (!paidLate && !shownLate) pay()
      else {
        this.#unpaid.push((offset) => {
          pay()
          if (paidLate) tell(offset)
        })
      }
    }
    // Somebody looks in the middle, when all or nothing of it is charged.
    this.readings.push(
      seenLate
        ? reading(this.seconds + 4, this.cents)
        : reading(this.seconds + readAt, readAt > 30 ? this.cents : before),
    )
  }
}

const shown = ({ change }: HistoryRow): number => {
  if (change.basis === 'actual') return change.usdMicros
  return change.basis === 'announced' ? -usdMicrosFromCredits(change.credits) : 0
}

describe('whatever happened', () => {
  it('the rows make the change of the balance, to the cent, and nothing proved is untrue', () => {
    fc.assert(
      fc.property(fc.array(anyHappening, { maxLength: 8 }), (happenings) => {
        const { readings, runs, events, cents } = new History(happenings)
        const evidence = given({ readings, runs, events })
        const explanation = explain(evidence)
        for (const { parts, unexplainedUsdMicros, usdMicros } of explanation.changes) {
          const sum = parts.reduce((total, part) => total + part.usdMicros, 0)
          expect(sum + unexplainedUsdMicros).toBe(usdMicros)
        }
        const rows = buildRows({ ...evidence, explanation })
        expect(rows.reduce((sum, row) => sum + shown(row), 0)).toBe((cents - 5000) * CENT)
        const again = explain({ ...evidence, before: explanation.verdicts })
        expect(again.verdicts).toEqual(explanation.verdicts)
        expect(again.news).toEqual([])
      }),
      { numRuns: repetitions(300, 75) },
    )
  })

  it('what was proved is still said when the page comes back with nothing but the runs', () => {
    fc.assert(
      fc.property(fc.array(anyHappening, { maxLength: 8 }), (happenings) => {
        const { readings, runs, events } = new History(happenings)
        const first = explain(given({ readings, runs, events }))
        const second = explain(given({ runs, before: first.verdicts }))
        const proved = [...first.verdicts].filter(([, { certainty }]) => certainty === 'proved')
        for (const [promptId, verdict] of proved) {
          expect(second.verdicts.get(promptId)).toEqual(verdict)
        }
      }),
    )
  })
})
