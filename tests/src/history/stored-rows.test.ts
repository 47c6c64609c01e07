import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupRows } from '../../../src/history/list/group.ts'
import { piecesOf } from '../../../src/history/pieces.ts'
import { storedRow, withStored } from '../../../src/history/row-builders.ts'
import type { HistoryRow } from '../../../src/history/row.ts'
import { buildRows } from '../../../src/history/rows.ts'
import type { Run } from '../../../src/runs/run.ts'
import { summaryOf, type RunSummary } from '../../../src/run-archive/summary.ts'
import type { Verdict } from '../../../src/reconciliation/verdict.ts'
import { newRow } from '../../support/builders/row.ts'
import { newCall, newRun } from '../../support/builders/run.ts'

const run = (promptId: string, about: Partial<Run> = {}): Run =>
  newRun({
    promptId,
    workflow: 'portrait',
    workflowHash: 'abc',
    calls: [newCall({ announcedCredits: 12.66 })],
    ...about,
  })

const noMeasures = {
  model: null,
  inputTokens: null,
  outputTokens: null,
  images: null,
  seconds: null,
}

function verdict(promptId: string, about: Partial<Verdict> = {}): Verdict {
  return {
    promptId,
    usdMicros: 60_000,
    certainty: 'proved',
    word: 'charged',
    evidence: { match: 'job-id', eventIds: ['e1'], spans: [] },
    calls: [{ nodeId: '1', usdMicros: 60_000, certainty: 'proved', measures: null }],
    revised: null,
    ...about,
  }
}

describe('a kept run', () => {
  it.each([
    ['charged', run('p'), verdict('p')],
    [
      'charged for nothing',
      run('p', { outcome: 'failed' }),
      verdict('p', { word: 'nothing-delivered' }),
    ],
    ['not charged', run('p'), verdict('p', { usdMicros: 0, word: 'nothing-charged' })],
    ['only announced', run('p'), verdict('p', { certainty: 'announced', word: 'open' })],
    ['charged in part, so far', run('p'), verdict('p', { certainty: 'at-least' })],
    [
      'said otherwise before',
      run('p'),
      verdict('p', { revised: { usdMicros: 0, certainty: 'proved' } }),
    ],
    [
      'refused for want of credits',
      run('p', {
        outcome: 'failed',
        reason: 'payment-required',
        calls: [],
        announcedCredits: null,
      }),
      verdict('p', { usdMicros: 0, certainty: 'announced', word: 'open', calls: [] }),
    ],
  ])('that was %s has the row that it had on the page where it was made', (_, made, judged) => {
    const explanation = { verdicts: new Map([['p', judged]]), usageCosts: new Map(), open: [] }
    const [fresh] = buildRows({
      events: [],
      runs: [made],
      hasMore: false,
      readAt: null,
      explanation,
    })
    expect(storedRow(summaryOf(made, judged))).toEqual({ ...fresh, parts: null })
  })

  it('tells the models and tokens that the account named', () => {
    const measures = {
      model: 'lexis-large',
      inputTokens: 90,
      outputTokens: null,
      images: null,
      seconds: null,
    }
    const judged = verdict('p', {
      calls: [{ nodeId: '1', usdMicros: 60_000, certainty: 'proved', measures }],
    })
    const row = storedRow(summaryOf(run('p'), judged))
    expect(row).toMatchObject({ models: ['lexis-large'], tokens: { input: 90, output: null } })
  })

  it('of several nodes says what each of them cost, as it did on the page where it was made', () => {
    const prices = [12.66, 25.32, null, 12.66]
    const calls = prices.map((announcedCredits, index) =>
      newCall({ nodeId: `${index}`, title: index === 1 ? 'B' : 'A', announcedCredits }),
    )
    const made = run('p', { calls, announcedCredits: 50.64 })
    const charged = verdict('p', {
      usdMicros: 300_000,
      calls: [60_000, 120_000, null, 60_000].map((usdMicros, index) => ({
        nodeId: `${index}`,
        usdMicros,
        certainty: usdMicros === null ? 'unknown' : 'proved',
        measures: index === 2 ? null : { ...noMeasures, model: `m${index % 2}` },
      })),
    })
    for (const judged of [charged, null]) {
      const whole = newRow({ ...storedRow(summaryOf(made, judged)), shares: null })
      const fresh = { ...whole, parts: { run: made, verdict: judged, events: [] } }
      const stored = storedRow(summaryOf(made, judged))
      expect(stored.parts).toBeNull()
      expect(piecesOf(stored, 'nodes')).toEqual(piecesOf(fresh, 'nodes'))
      expect(piecesOf(stored, 'models')).toEqual(piecesOf(fresh, 'models'))
    }
    const costs = groupRows([storedRow(summaryOf(made, charged))], 'node').map(
      ({ key, totals }) => [key.is === 'names' ? key.names : [], totals.spentUsdMicros],
    )
    expect(costs).toEqual([
      [['B'], 120_000],
      [['A'], 180_000],
    ])
  })

  it('is of the member and API key that the account named, without its events', () => {
    const who = { members: ['Ann'], apiKeys: ['CI'] }
    const stored = storedRow(summaryOf(run('p'), verdict('p', { who })))
    expect(stored).toMatchObject(who)
    expect(groupRows([stored], 'member').map(({ key }) => key)).toEqual([
      { is: 'names', names: ['Ann'] },
    ])
    const [onPage] = buildRows({
      events: [],
      runs: [run('p')],
      hasMore: false,
      readAt: null,
      explanation: {
        verdicts: new Map([['p', verdict('p', { who })]]),
        usageCosts: new Map(),
        open: [],
      },
    })
    expect(onPage).toMatchObject(who)
  })

  it('that nobody has judged says what it announced, and nothing where it announced nothing', () => {
    expect(storedRow(summaryOf(run('p'), null)).change).toEqual({
      basis: 'announced',
      credits: 12.66,
    })
    const silent = run('p', { announcedCredits: null })
    expect(storedRow(summaryOf(silent, null)).change).toEqual({ basis: 'unknown' })
  })
})

describe('the list', () => {
  const at = fc.integer({ min: 0, max: 50 })
  const rowsOf = (times: readonly (readonly [number, boolean])[]): HistoryRow[] =>
    times
      .toSorted(([a], [b]) => b - a)
      .map(([time, isRun], index) =>
        newRow({ id: `row:${index}`, at: time, promptId: isRun ? `p${time}` : null }),
      )
  const summariesOf = (times: readonly number[]): RunSummary[] =>
    [...new Set(times)]
      .toSorted((a, b) => b - a)
      .map((time) => summaryOf(run(`p${time}`, { startedAt: time }), null))

  it('has every row and every kept run once, newest first', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(at, fc.boolean())), fc.array(at), (times, kept) => {
        const rows = rowsOf(times)
        const summaries = summariesOf(kept)
        const all = withStored(rows, summaries, storedRow)
        expect(all.filter((row) => rows.includes(row))).toEqual(rows)
        const known = new Set(rows.map(({ promptId }) => promptId))
        const added = summaries.filter(({ promptId }) => !known.has(promptId))
        expect(all).toHaveLength(rows.length + added.length)
        const allTimes = all.map((row) => row.at ?? Number.NaN)
        expect(allTimes).toEqual(allTimes.toSorted((a, b) => b - a))
      }),
    )
  })

  it('is the same one where nothing else is stored, so that nothing is drawn again', () => {
    const rows = rowsOf([[3, true]])
    expect(withStored(rows, summariesOf([3]), storedRow)).toBe(rows)
  })
})
