import { describe, expect, it } from 'vitest'
import { usdMicrosFromCents } from '@comfyui-credits/contract/money'
import {
  reconcile,
  spansOf,
  type ReconciliationInput,
} from '../../../src/reconciliation/reconcile.ts'
import type { Call, Run } from '../../../src/runs/run.ts'
import type { Verdict } from '../../../src/reconciliation/verdict.ts'
import { newEvent, newUsage } from '../../support/builders/account-event.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'

const CENT = usdMicrosFromCents(1)

const call = (credits: number | null, part: Partial<Call> = {}): Call =>
  newCall({
    announcedCredits: credits,
    startedAt: NOON + SECOND,
    endedAt: NOON + 9 * SECOND,
    ...part,
  })
const run = (promptId: string, calls: readonly Call[], part: Partial<Run> = {}): Run =>
  newRun({ promptId, calls, ...part })

const usage = (params: Record<string, unknown>, at = NOON + 9 * SECOND) => newUsage(at, params)

/** Balances in cents, a minute before and a minute after noon. */
const balances = (before: number, after: number): ReconciliationInput['spans'] =>
  spansOf([
    { at: NOON - 60 * SECOND, usdMicros: usdMicrosFromCents(before) },
    { at: NOON + 60 * SECOND, usdMicros: usdMicrosFromCents(after) },
  ])

function ask(ledger: Partial<ReconciliationInput>, before?: ReadonlyMap<string, Verdict>) {
  const result = reconcile({ spans: [], events: [], runs: [], ...ledger }, before)
  for (const change of result.changes) {
    const parts = change.parts.reduce((sum, part) => sum + part.usdMicros, 0)
    expect(parts + change.unexplainedUsdMicros).toBe(change.usdMicros)
  }
  return {
    ...result,
    of: (promptId: string) => result.verdicts.get(promptId),
    change: result.changes[0],
  }
}

const failed = { outcome: 'failed', reason: 'other' } as const
const cancelled = { outcome: 'cancelled' } as const

describe('a change of the balance', () => {
  it('is a run where the run announced just that', () => {
    const { change, of } = ask({ spans: balances(1234, 1228), runs: [run('p', [call(12.66)])] })
    expect(change?.parts).toEqual([
      { kind: 'run', promptId: 'p', usdMicros: -6 * CENT, charges: 1 },
    ])
    expect(change?.unexplainedUsdMicros).toBe(0)
    expect(of('p')).toMatchObject({
      usdMicros: 6 * CENT,
      certainty: 'proved',
      word: 'charged',
      calls: [{ nodeId: '1', usdMicros: 6 * CENT, certainty: 'proved' }],
    })
  })

  it.each([
    [20.5, 10, 20.5],
    [20.5, 9, 20.5],
    [4.64, 2, 4.64],
  ])(
    'is rounding where a billing account of whole cents was quoted %d credits and lost %i',
    (credits, cents) => {
      const { change, of } = ask({
        spans: balances(1234, 1234 - cents),
        runs: [run('p', [call(credits)])],
      })
      expect(change?.parts.map(({ kind }) => kind)).toEqual(['run', 'rounding'])
      expect(change?.unexplainedUsdMicros).toBe(0)
      expect(of('p')).toMatchObject({ usdMicros: cents * CENT, certainty: 'proved' })
      expect(of('p')?.calls[0]?.certainty).toBe('announced')
    },
  )

  it('is not rounding where the billing account counts exactly, or an exact cent was quoted', () => {
    const exact = ask({ spans: balances(1234.5, 1224.5001), runs: [run('p', [call(20.5)])] })
    expect(exact.change?.unexplainedUsdMicros).not.toBe(0)
    const cent = ask({ spans: balances(1234, 1227), runs: [run('p', [call(12.66)])] })
    expect(cent.change?.unexplainedUsdMicros).toBe(-CENT)
    expect(cent.of('p')).toMatchObject({ usdMicros: 6 * CENT, certainty: 'announced' })
  })

  it('is a list node charged three times under one price', () => {
    const list = call(8.44, { asked: 3, answers: [8.44, 8.44, 8.44] })
    const { change, of } = ask({ spans: balances(1234, 1222), runs: [run('p', [list])] })
    expect(change?.parts).toEqual([
      { kind: 'run', promptId: 'p', usdMicros: -12 * CENT, charges: 3 },
    ])
    expect(of('p')?.calls).toMatchObject([{ usdMicros: 12 * CENT, certainty: 'proved' }])
  })

  it('is a list node at the price of each', () => {
    const list = call(4.22, { asked: 3, answers: [8.44, 2.11, 4.22] })
    const { of } = ask({ spans: balances(1234, 1227), runs: [run('p', [list])] })
    expect(of('p')).toMatchObject({ usdMicros: 7 * CENT, certainty: 'proved' })
  })

  it('is what a run cost that announced nothing, if no other can have', () => {
    const { change, of } = ask({ spans: balances(1234, 1228), runs: [run('p', [call(null)])] })
    expect(change?.unexplainedUsdMicros).toBe(0)
    expect(of('p')).toMatchObject({
      usdMicros: 6 * CENT,
      certainty: 'proved',
      calls: [{ usdMicros: 6 * CENT, certainty: 'proved' }],
    })
  })

  it('is put to several such runs together, and to none of them alone', () => {
    const { change, of } = ask({
      spans: balances(1234, 1228),
      runs: [run('p', [call(null)]), run('q', [call(null)])],
    })
    expect(change?.parts).toEqual([
      { kind: 'runs', promptIds: ['p', 'q'], eventIds: [], usdMicros: -6 * CENT },
    ])
    expect(of('p')).toMatchObject({ usdMicros: null, certainty: 'unknown', word: 'open' })
  })

  it('is the run’s where the account only says that a call was made', () => {
    const plain = usage({ model: 'aurora-1' })
    const { change, of } = ask({
      spans: balances(1234, 1228),
      runs: [run('p', [call(12.66)])],
      events: [plain],
    })
    expect(change?.parts).toEqual([
      { kind: 'run', promptId: 'p', usdMicros: -6 * CENT, charges: 1 },
    ])
    expect(change?.unexplainedUsdMicros).toBe(0)
    expect(of('p')).toMatchObject({
      usdMicros: 6 * CENT,
      certainty: 'proved',
      word: 'charged',
      evidence: { eventIds: [plain.id] },
      calls: [{ measures: { model: 'aurora-1' } }],
    })
  })

  it('leaves a run as quoted while only an event without a charge is known of it', () => {
    const { of } = ask({ runs: [run('p', [call(12.66)])], events: [usage({})] })
    expect(of('p')).toMatchObject({ certainty: 'announced', word: 'open' })
  })

  it('did not cost what a lost run quoted, though an event says that a call was made', () => {
    const lost = run('p', [call(12.66, { outcome: 'lost' })], { outcome: 'lost' })
    const { of } = ask({ spans: balances(1234, 1234), runs: [lost], events: [usage({})] })
    expect(of('p')).toMatchObject({ usdMicros: 0, certainty: 'proved', word: 'nothing-charged' })
  })

  it('is usage of elsewhere where only that can have cost it', () => {
    const plain = usage({})
    const alone = ask({ spans: balances(1234, 1228), events: [plain] })
    expect(alone.change?.parts).toEqual([
      { kind: 'elsewhere', eventId: plain.id, usdMicros: -6 * CENT },
    ])
    const beside = ask({
      spans: balances(1234, 1222),
      runs: [run('p', [call(12.66)])],
      events: [usage({}), usage({})],
    })
    expect(beside.change?.unexplainedUsdMicros).toBe(0)
    expect(beside.change?.parts.map(({ kind }) => kind).toSorted()).toEqual(['elsewhere', 'run'])
  })

  it('is shared by usage of elsewhere and runs that quoted nothing', () => {
    const [first, second] = [usage({}), usage({})]
    const { change } = ask({ spans: balances(1234, 1228), events: [first, second] })
    expect(change?.parts).toEqual([
      { kind: 'runs', promptIds: [], eventIds: [first.id, second.id], usdMicros: -6 * CENT },
    ])
  })

  it('is a price that was shown to another client, where it is just that', () => {
    const overheard = [{ nodeId: '7', credits: 12.66, at: NOON }]
    const { change } = ask({ spans: balances(1234, 1228), overheard })
    expect(change?.parts).toEqual([{ kind: 'overheard', nodeId: '7', usdMicros: -6 * CENT }])
    const other = ask({ spans: balances(1234, 1224), overheard })
    expect(other.change?.unexplainedUsdMicros).toBe(-10 * CENT)
    const own = ask({ spans: balances(1234, 1228), overheard, runs: [run('p', [call(12.66)])] })
    expect(own.change?.parts).toMatchObject([{ kind: 'run' }])
  })

  it('is not put to such a run while other clients spend', () => {
    const { change, of } = ask({
      spans: balances(1234, 1228),
      runs: [run('p', [call(null)])],
      overheard: [{ nodeId: '7', credits: 12.66, at: NOON }],
    })
    expect(change?.unexplainedUsdMicros).toBe(-6 * CENT)
    expect(of('p')?.certainty).toBe('unknown')
  })

  it('is unexplained as far as runs announced less', () => {
    const { change, of } = ask({ spans: balances(1234, 1134), runs: [run('p', [call(12.66)])] })
    expect(change?.unexplainedUsdMicros).toBe(-94 * CENT)
    expect(of('p')).toMatchObject({ usdMicros: 6 * CENT, certainty: 'announced', word: 'open' })
  })

  it('is unexplained where nothing is known', () => {
    const { change } = ask({ spans: balances(1234, 1228) })
    expect(change).toMatchObject({ parts: [], unexplainedUsdMicros: -6 * CENT })
  })

  it('is what the account says: top-up, refund, adjustment, and usage of others', () => {
    const { change } = ask({
      spans: balances(1000, 2240),
      events: [
        newEvent('credit_added', NOON, { amount: 2500, transaction_id: 't' }),
        newEvent('topup_completed', NOON, { amount: 2500, transaction_id: 't' }),
        newEvent('credit_refunded', NOON, { amount: -1000 }),
        newEvent('credit_adjusted', NOON, { amount: -200 }),
        usage({ job_id: 'somebody', charge_micro_usd: 60 * CENT }, NOON),
      ],
    })
    expect(change?.parts.map(({ kind, usdMicros }) => [kind, usdMicros / CENT])).toEqual([
      ['top-up', 2500],
      ['refund', -1000],
      ['adjustment', -200],
      ['elsewhere', -60],
    ])
    expect(change?.unexplainedUsdMicros).toBe(0)
  })

  it('is found in the span where it fits: a balance read while the run went on', () => {
    const at = (seconds: number, cents: number) => ({
      at: NOON + seconds * SECOND,
      usdMicros: cents * CENT,
    })
    for (const during of [1234, 1228]) {
      const spans = spansOf([at(-60, 1234), at(5, during), at(60, 1228)])
      const { changes, of } = ask({ spans, runs: [run('p', [call(12.66)])] })
      expect(changes.map(({ unexplainedUsdMicros }) => unexplainedUsdMicros)).toEqual([0, 0])
      expect(of('p')).toMatchObject({ usdMicros: 6 * CENT, certainty: 'proved' })
    }
  })
})

describe('a run that came to nothing', () => {
  it('and cost money is marked so, with what shows it', () => {
    const spans = balances(1234, 1228)
    const { of } = ask({ spans, runs: [run('p', [call(12.66, cancelled)], cancelled)] })
    expect(of('p')).toMatchObject({ word: 'nothing-delivered', evidence: { spans } })
  })

  it('and cost nothing is marked so', () => {
    const runs = [run('p', [call(12.66, cancelled)], cancelled)]
    const { of } = ask({ spans: balances(1234, 1234), runs })
    expect(of('p')).toMatchObject({
      usdMicros: 0,
      certainty: 'proved',
      word: 'nothing-charged',
      calls: [{ usdMicros: 0, certainty: 'proved' }],
    })
  })

  it('after a paid call cost just that call', () => {
    const calls = [call(12.66), call(null, { nodeId: '2', outcome: 'failed' })]
    const { of } = ask({ spans: balances(1234, 1228), runs: [run('p', calls, failed)] })
    expect(of('p')).toMatchObject({
      usdMicros: 6 * CENT,
      word: 'nothing-delivered',
      calls: [{ usdMicros: 6 * CENT }, { usdMicros: 0 }],
    })
  })

  it('for want of credits cannot have cost what is missing', () => {
    const refused = run('p', [call(null, { outcome: 'failed' })], {
      outcome: 'failed',
      reason: 'payment-required',
    })
    const { change } = ask({ spans: balances(1234, 1228), runs: [refused] })
    expect(change?.unexplainedUsdMicros).toBe(-6 * CENT)
  })

  it('has no verdict before the balance was read long enough after it', () => {
    const spans = spansOf([
      { at: NOON - SECOND, usdMicros: 1234 * CENT },
      { at: NOON + 11 * SECOND, usdMicros: 1234 * CENT },
    ])
    const { of } = ask({ spans, runs: [run('p', [call(12.66, cancelled)], cancelled)] })
    expect(of('p')).toMatchObject({ certainty: 'announced', word: 'open' })
    const free = ask({ spans, runs: [run('p', [], { outcome: 'cached' })] })
    expect(free.of('p')).toMatchObject({ usdMicros: 0, certainty: 'announced', word: 'open' })
  })
})

describe('events of the account', () => {
  it('prove a cost by the job they carry, without any balance', () => {
    const charge = usage({ job_id: 'p', charge_micro_usd: 60_001 })
    const { of } = ask({ events: [charge], runs: [run('p', [call(12.66)])] })
    expect(of('p')).toMatchObject({
      usdMicros: 60_001,
      certainty: 'proved',
      word: 'charged',
      evidence: { match: 'job-id', eventIds: [charge.id] },
      calls: [{ usdMicros: 60_001, certainty: 'proved' }],
    })
  })

  it('show at least so much while calls wait for theirs', () => {
    const calls = [call(12.66), call(8.44, { nodeId: '2', nodeType: 'Other' })]
    const { of } = ask({
      events: [usage({ job_id: 'p', node_type: 'SampleImage', charge_micro_usd: 6 * CENT })],
      runs: [run('p', calls)],
    })
    expect(of('p')).toMatchObject({ usdMicros: 6 * CENT, certainty: 'at-least' })
  })

  it('without a job are matched by time and amount, and it says so', () => {
    const { of } = ask({
      events: [usage({ charge_micro_usd: 4 * CENT }), usage({ charge_micro_usd: 6 * CENT })],
      runs: [run('p', [call(12.66)]), run('q', [call(8.44)])],
    })
    expect(of('p')).toMatchObject({
      usdMicros: 6 * CENT,
      evidence: { match: 'time-and-amount' },
    })
    expect(of('q')).toMatchObject({ usdMicros: 4 * CENT })
  })

  it('of an amount that the run did not announce are somebody else’s', () => {
    const { of } = ask({
      events: [usage({ charge_micro_usd: 190_000 })],
      runs: [run('p', [call(12.66)])],
    })
    expect(of('p')).toMatchObject({ usdMicros: 6 * CENT, certainty: 'announced' })
  })

  it('that come late change the verdict, and it says what it was', () => {
    const runs = [run('p', [call(12.66, cancelled)], cancelled)]
    const first = ask({ spans: balances(1234, 1234), runs })
    expect(first.of('p')?.revised).toBeNull()
    const late = { events: [usage({ job_id: 'p', charge_micro_usd: 6 * CENT })], runs }
    const second = ask(late, first.verdicts)
    expect(second.of('p')).toMatchObject({
      usdMicros: 6 * CENT,
      word: 'nothing-delivered',
      revised: { usdMicros: 0, certainty: 'proved' },
    })
    expect(ask(late, second.verdicts).of('p')?.revised).toEqual({
      usdMicros: 0,
      certainty: 'proved',
    })
  })

  it('that only confirm what was announced change nothing', () => {
    const runs = [run('p', [call(20.5)])]
    const first = ask({ runs })
    const second = ask({ runs, spans: balances(1234, 1224) }, first.verdicts)
    expect(second.of('p')).toMatchObject({ certainty: 'proved', revised: null })
  })

  it('are counted once, however often they are received', () => {
    const charge = usage({ job_id: 'p', charge_micro_usd: 6 * CENT })
    const { of, change } = ask({
      spans: balances(1234, 1228),
      events: [charge, charge],
      runs: [run('p', [call(12.66)])],
    })
    expect(of('p')?.usdMicros).toBe(6 * CENT)
    expect(change?.unexplainedUsdMicros).toBe(0)
  })
})

describe('without events and balance', () => {
  it.each<[string, readonly Call[], Partial<Run>, number | null, string]>([
    ['is what was announced', [call(12.66)], {}, 6 * CENT, 'announced'],
    ['is unknown where nobody said', [call(null)], {}, null, 'unknown'],
    [
      'is at least what some said',
      [call(12.66), call(null, { nodeId: '2' })],
      {},
      6 * CENT,
      'at-least',
    ],
    ['is nothing announced where it failed', [call(null, failed)], failed, 0, 'announced'],
    ['is nothing announced where no API node ran', [], {}, 0, 'announced'],
  ])('the cost of a run %s', (_what, calls, change, usdMicros, certainty) => {
    expect(ask({ runs: [run('p', calls, change)] }).of('p')).toMatchObject({
      usdMicros,
      certainty,
      word: 'open',
    })
  })
})
