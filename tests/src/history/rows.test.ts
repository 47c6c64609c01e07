import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAccountEvent } from '../../../src/account-events/account-event.ts'
import type { HistoryRow } from '../../../src/history/row.ts'
import { buildRows, type RowsInput } from '../../../src/history/rows.ts'
import type { Run } from '../../../src/runs/run.ts'
import { newEvent, newUsage } from '../../support/builders/account-event.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'

const run = (promptId: string, part: Partial<Run> = {}): Run =>
  newRun({ promptId, calls: [newCall({ announcedCredits: 12.66 })], ...part })

const plain = (at: number) => newUsage(at, { charge_micro_usd: 60_000 })

const rowsOf = (input: Partial<RowsInput>): HistoryRow[] =>
  buildRows({ events: [], runs: [], hasMore: false, readAt: NOON + 60 * SECOND, ...input })

function only(rows: readonly HistoryRow[]): HistoryRow {
  expect(rows).toHaveLength(1)
  const [row] = rows
  if (!row) throw new Error('No row')
  return row
}

describe('a run', () => {
  it('is one row with the charges and tokens of all its calls', () => {
    const row = only(
      rowsOf({
        events: [
          newUsage(NOON + 9 * SECOND, {
            job_id: 'p',
            charge_micro_usd: 8420,
            input_tokens: 100,
            output_tokens: 5,
            model: 'lexis-large',
          }),
          newUsage(NOON + 5 * SECOND, { job_id: 'p', charge_micro_usd: 60_000, input_tokens: 20 }),
        ],
      }),
    )
    expect(row).toMatchObject({
      kind: 'run',
      status: 'succeeded',
      at: NOON + 5 * SECOND,
      calls: 2,
      models: ['lexis-large'],
      tokens: { input: 120, output: 5 },
      change: { basis: 'actual', usdMicros: -68_420, complete: true },
    })
  })

  it('takes title, start and outcome from this page where it was seen here', () => {
    const row = only(
      rowsOf({
        events: [newUsage(NOON + 9 * SECOND, { job_id: 'p', charge_micro_usd: 60_000 })],
        runs: [run('p', { workflow: 'Castle', outcome: 'cancelled' })],
      }),
    )
    expect(row).toMatchObject({
      kind: 'run',
      workflow: 'Castle',
      nodes: ['Sample Image'],
      at: NOON,
      status: 'cancelled',
      change: { basis: 'actual', usdMicros: -60_000 },
    })
  })

  it('shows what it announced, marked so, until the account has said', () => {
    expect(only(rowsOf({ runs: [run('p')] })).change).toEqual({
      basis: 'announced',
      credits: 12.66,
    })
  })

  it('failed without a charge says that nothing was charged, once the account was read since', () => {
    const failed = run('p', { outcome: 'failed', announcedCredits: null, reason: 'other' })
    expect(only(rowsOf({ runs: [failed] })).change).toEqual({ basis: 'none' })
    expect(only(rowsOf({ runs: [failed], readAt: NOON })).change).toEqual({ basis: 'unknown' })
    expect(only(rowsOf({ runs: [failed], readAt: null })).change).toEqual({ basis: 'unknown' })
  })

  it('failed by its events says so, and nothing charged where the charge is 0', () => {
    const row = only(
      rowsOf({
        events: [newUsage(NOON, { job_id: 'p', charge_micro_usd: 0, outcome: 'failed' })],
      }),
    )
    expect(row).toMatchObject({ status: 'failed', change: { basis: 'none' } })
  })

  it.each(['running', 'succeeded'] as const)(
    'that is %s keeps what it announced beside an event that says no price',
    (outcome) => {
      const endedAt = outcome === 'running' ? null : NOON + 10 * SECOND
      const calls = [newCall({ announcedCredits: 12.66, outcome, endedAt })]
      const row = only(
        rowsOf({
          events: [newUsage(NOON + 5 * SECOND, { model: 'ultra' })],
          runs: [run('p', { outcome, endedAt, calls })],
        }),
      )
      expect(row).toMatchObject({
        status: outcome,
        models: ['ultra'],
        change: { basis: 'announced', credits: 12.66 },
      })
    },
  )

  it('with a call of unknown price is not given out as fully known', () => {
    const row = only(
      rowsOf({
        events: [
          newUsage(NOON, { job_id: 'p', charge_micro_usd: 60_000 }),
          newUsage(NOON, { job_id: 'p' }),
        ],
      }),
    )
    expect(row.change).toEqual({ basis: 'actual', usdMicros: -60_000, complete: false })
  })

  it('without an API call is nobody’s question here', () => {
    expect(rowsOf({ runs: [run('p', { calls: [], announcedCredits: null })] })).toEqual([])
  })

  it('that was refused for want of credits is shown even without a call', () => {
    const refused = run('p', {
      calls: [],
      announcedCredits: null,
      outcome: 'failed',
      reason: 'payment-required',
    })
    expect(only(rowsOf({ runs: [refused] }))).toMatchObject({
      status: 'failed',
      reason: 'payment-required',
      change: { basis: 'none' },
    })
  })
})

describe('usage without a job_id', () => {
  it('joins the only run of that time, five seconds to either side', () => {
    for (const at of [NOON - 5 * SECOND, NOON + 5 * SECOND, NOON + 15 * SECOND]) {
      const row = only(rowsOf({ events: [plain(at)], runs: [run('p')] }))
      expect(row).toMatchObject({ kind: 'run', change: { basis: 'actual', usdMicros: -60_000 } })
    }
  })

  it('joins a run that is still going', () => {
    const going = run('p', { endedAt: null, outcome: 'running' })
    expect(only(rowsOf({ events: [plain(NOON + 3_600_000)], runs: [going] })).kind).toBe('run')
  })

  it('goes to one of the runs that fit, each event to another', () => {
    const charges = (count: number) =>
      rowsOf({
        events: Array.from({ length: count }, () => plain(NOON)),
        runs: [run('p'), run('q')],
      }).map(({ kind, change }) => [kind, change.basis])
    expect(charges(1)).toEqual([
      ['run', 'actual'],
      ['run', 'announced'],
    ])
    expect(charges(2)).toEqual([
      ['run', 'actual'],
      ['run', 'actual'],
    ])
    expect(charges(3).toSorted()).toEqual([
      ['run', 'actual'],
      ['run', 'actual'],
      ['usage', 'actual'],
    ])
  })

  it('stays a row of its own when no run fits', () => {
    expect(only(rowsOf({ events: [plain(NOON)] })).kind).toBe('usage')
    const other = rowsOf({ events: [plain(NOON + 90 * SECOND)], runs: [run('p')] })
    expect(other.map((row) => row.kind).toSorted()).toEqual(['run', 'usage'])
  })

  it('is one with a charge that the account writes late, and so are equal runs after it', () => {
    const seconds = [0, 20]
    const events = seconds.map((from) => plain(NOON + (from + 17) * SECOND))
    const runs = seconds.map((from) => {
      const startedAt = NOON + from * SECOND
      const times = { startedAt, endedAt: startedAt + 10 * SECOND }
      return run(`${from}`, { ...times, calls: [newCall({ announcedCredits: 12.66, ...times })] })
    })
    const rows = rowsOf({ events, runs }).map(({ kind, change }) => [kind, change.basis])
    expect(rows).toEqual([
      ['run', 'actual'],
      ['run', 'actual'],
    ])
  })
})

describe('pages', () => {
  it('mark the run at their edge as unfinished while older events may belong to it', () => {
    const events = [
      newUsage(NOON + 20 * SECOND, { job_id: 'new', charge_micro_usd: 10 }),
      newUsage(NOON, { job_id: 'edge', charge_micro_usd: 10 }),
    ]
    const complete = (hasMore: boolean) =>
      rowsOf({ events, hasMore }).map((row) => 'complete' in row.change && row.change.complete)
    expect(complete(true)).toEqual([true, false])
    expect(complete(false)).toEqual([true, true])
  })

  it('know a run as complete when its own start is on them', () => {
    const events = [
      newUsage(NOON + 5 * SECOND, { job_id: 'p', charge_micro_usd: 10 }),
      newEvent('credit_added', NOON - 60 * SECOND, { amount: 1000 }),
    ]
    const row = rowsOf({ events, runs: [run('p')], hasMore: true })[0]
    expect(row?.change).toMatchObject({ complete: true })
  })

  it('leave out runs of this page that are older than what is loaded', () => {
    const events = [newUsage(NOON + 3600 * SECOND, { job_id: 'new', charge_micro_usd: 10 })]
    const runs = [run('p')]
    expect(rowsOf({ events, runs, hasMore: true })).toHaveLength(1)
    expect(rowsOf({ events, runs, hasMore: false })).toHaveLength(2)
  })

  it('count an event once that has moved from one page to the next', () => {
    const moved = newUsage(NOON, { job_id: 'p', charge_micro_usd: 10 })
    expect(only(rowsOf({ events: [moved, moved] })).change).toMatchObject({ usdMicros: -10 })
  })
})

describe('other events', () => {
  it('are top-ups, refunds, disputes, adjustments and the account’s beginning', () => {
    const rows = rowsOf({
      events: [
        newEvent('credit_added', NOON + 4, { amount: 2500 }),
        newEvent('credit_adjusted', NOON + 3, { amount: -420 }),
        newEvent('credit_refunded', NOON + 2, { amount: -1000 }),
        newEvent('credit_disputed', NOON + 2, { amount: 500 }),
        newEvent('account_created', NOON + 1),
      ],
    })
    expect(
      rows.map(({ kind, change }) => [kind, 'usdMicros' in change && change.usdMicros]),
    ).toEqual([
      ['top-up', 25_000_000],
      ['adjustment', -4_200_000],
      ['refund', -10_000_000],
      ['dispute', 5_000_000],
      ['account', false],
    ])
  })

  it('of a type nobody knows keep their own name and are never dropped', () => {
    expect(only(rowsOf({ events: [newEvent('moon_tax', NOON, { amount: 100 })] }))).toMatchObject({
      kind: 'other',
      eventType: 'moon_tax',
      status: 'unknown',
      change: { basis: 'unknown' },
    })
  })

  it('hide a beginning whose end is there, and show one that goes on', () => {
    const started = (at: number) =>
      newEvent('api_usage_started', at, { job_id: 'p', api_name: 'a' })
    const completed = newEvent('api_usage_completed', NOON + 5, { job_id: 'p', api_name: 'a' })
    expect(only(rowsOf({ events: [completed, started(NOON)] })).kind).toBe('run')
    expect(only(rowsOf({ events: [started(NOON)] }))).toMatchObject({
      kind: 'usage',
      status: 'running',
      change: { basis: 'unknown' },
    })
    expect(rowsOf({ events: [completed, started(NOON + 1), started(NOON)] })).toHaveLength(2)
  })

  it('tell of one payment once, though the API may tell twice', () => {
    const rows = rowsOf({
      events: [
        newEvent('topup_completed', NOON + 1, { amount: 2500, transaction_id: 't' }),
        newEvent('credit_added', NOON, { amount: 2500, transaction_id: 't' }),
      ],
    })
    expect(rows.map((row) => row.eventType)).toEqual(['credit_added'])
  })

  it('survive params that make no sense', () => {
    const row = only(
      rowsOf({
        events: [
          readAccountEvent({
            event_id: 'x',
            event_type: 'credit_added',
            createdAt: 'yesterday',
            params: { amount: { much: true }, transaction_id: 7 },
          }),
        ],
      }),
    )
    expect(row).toMatchObject({ kind: 'top-up', at: null, change: { basis: 'unknown' } })
  })

  it('may have numbers in quotes', () => {
    expect(
      only(rowsOf({ events: [newEvent('credit_added', NOON, { amount: '2500' })] })).change,
    ).toMatchObject({ usdMicros: 25_000_000 })
  })
})

describe('whatever the account says', () => {
  const anyEvents = fc.array(
    fc.record({
      type: fc.constantFrom('api_usage_completed', 'credit_added', 'credit_adjusted', 'strange'),
      at: fc.integer({ min: 0, max: 1000 }),
      job: fc.option(fc.constantFrom('p', 'q', 'r')),
      cents: fc.integer({ min: -5000, max: 5000 }),
      charge: fc.nat(5_000_000),
    }),
    { maxLength: 30 },
  )

  it('the rows add up to the events, and stand newest first', () => {
    fc.assert(
      fc.property(anyEvents, (drafts) => {
        const events = drafts.map((draft) =>
          draft.type === 'api_usage_completed'
            ? newUsage(NOON + draft.at, { job_id: draft.job, charge_micro_usd: draft.charge })
            : newEvent(draft.type, NOON + draft.at, { amount: draft.cents }),
        )
        const rows = rowsOf({ events })
        const shown = rows.reduce(
          (sum, { change }) => sum + (change.basis === 'actual' ? change.usdMicros : 0),
          0,
        )
        const due = drafts.reduce((sum, { type, charge, cents }) => {
          if (type === 'strange') return sum
          return sum + (type === 'api_usage_completed' ? -charge : cents * 10_000)
        }, 0)
        expect(shown).toBe(due)
        const times = rows.map((row) => row.at ?? -Infinity)
        expect(times).toEqual(times.toSorted((a, b) => b - a))
      }),
    )
  })

  it('every row has an id of its own', () => {
    fc.assert(
      fc.property(anyEvents, (drafts) => {
        const events = drafts.map((draft) => newUsage(NOON + draft.at, { job_id: draft.job }))
        const ids = rowsOf({ events, runs: [run('p'), run('z')] }).map((row) => row.id)
        expect(new Set(ids).size).toBe(ids.length)
      }),
    )
  })
})
