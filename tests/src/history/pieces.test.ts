import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { perDay } from '../../../src/history/charts/per-day.ts'
import { groupRows } from '../../../src/history/list/group.ts'
import { piecesOf } from '../../../src/history/pieces.ts'
import type { HistoryRow, RowChange } from '../../../src/history/row.ts'
import type { Certainty, Verdict } from '../../../src/reconciliation/verdict.ts'
import { newUsage } from '../../support/builders/account-event.ts'
import { newRow } from '../../support/builders/row.ts'
import { newCall, newRun, NOON } from '../../support/builders/run.ts'

interface SaidOfCall {
  readonly node: string
  readonly usdMicros: number | null
  readonly certainty: Certainty
}

/** A run whose calls cost so much, each as far as that is known. */
function runRow(change: RowChange, calls: readonly SaidOfCall[]): HistoryRow {
  const run = newRun({
    calls: calls.map(({ node }, index) => newCall({ nodeId: `${index}`, title: node })),
  })
  const verdict: Verdict = {
    promptId: 'p',
    usdMicros: null,
    certainty: 'unknown',
    word: 'charged',
    evidence: { match: null, eventIds: [], spans: [] },
    calls: calls.map(({ usdMicros, certainty }, index) => ({
      nodeId: `${index}`,
      usdMicros,
      certainty,
      measures: null,
    })),
    revised: null,
  }
  return newRow({
    id: 'run:p',
    kind: 'run',
    at: NOON,
    change,
    nodes: [...new Set(calls.map(({ node }) => node))],
    parts: { run, verdict, events: [] },
  })
}

const cost = (usdMicros: number, complete = true): RowChange => ({
  basis: 'actual',
  usdMicros: usdMicros === 0 ? 0 : -usdMicros,
  complete,
})
const confirmed = (node: string, usdMicros: number): SaidOfCall => ({
  node,
  usdMicros,
  certainty: 'proved',
})
const open = (node: string): SaidOfCall => ({ node, usdMicros: null, certainty: 'unknown' })

describe('what a run of several nodes cost', () => {
  it('goes to each node, where each call is confirmed', () => {
    const row = runRow(cost(100), [confirmed('A', 60), confirmed('B', 30), confirmed('A', 10)])
    expect(piecesOf(row, 'nodes')).toEqual([
      { names: ['A'], change: cost(70) },
      { names: ['B'], change: cost(30) },
    ])
    const groups = groupRows([row], 'node')
    expect(groups.map(({ key, totals }) => [key, totals.spentUsdMicros])).toEqual([
      [{ is: 'names', names: ['A'] }, 70],
      [{ is: 'names', names: ['B'] }, 30],
    ])
    expect(
      perDay([row], 'nodes').series.map(({ of, spent }) => [of, spent.provedUsdMicros]),
    ).toEqual([
      [{ kind: 'names', names: ['A'] }, 70],
      [{ kind: 'names', names: ['B'] }, 30],
    ])
  })

  it('goes to the only node that can have cost the rest', () => {
    const row = runRow(cost(100), [confirmed('A', 60), open('B')])
    expect(piecesOf(row, 'nodes')).toEqual([
      { names: ['A'], change: cost(60) },
      { names: ['B'], change: cost(40) },
    ])
  })

  it('stays together only for the calls that cannot be split', () => {
    const row = runRow(cost(100), [confirmed('A', 60), open('B'), open('C')])
    expect(piecesOf(row, 'nodes')).toEqual([
      { names: ['A'], change: cost(60) },
      { names: ['B', 'C'], change: cost(40) },
    ])
  })

  it('is not split where nothing is confirmed, or the calls cost more than the run', () => {
    for (const row of [
      runRow(cost(100), [open('A'), open('B')]),
      runRow(cost(100), [confirmed('A', 90), confirmed('B', 20)]),
      newRow({ kind: 'run', nodes: ['A', 'B'], change: cost(100) }),
    ]) {
      expect(piecesOf(row, 'nodes')).toEqual([{ names: ['A', 'B'], change: cost(100) }])
    }
  })

  it('is split by the account’s own events where this browser has not seen the run', () => {
    const events = [
      newUsage(NOON, { job_id: 'p', node_type: 'A', model: 'small', charge_micro_usd: 70 }),
      newUsage(NOON, { job_id: 'p', node_type: 'B', model: 'large', charge_micro_usd: 30 }),
    ]
    const row = newRow({
      kind: 'run',
      nodes: ['A', 'B'],
      models: ['small', 'large'],
      change: cost(100),
      parts: { run: null, verdict: null, events },
    })
    expect(piecesOf(row, 'nodes').map(({ names }) => names)).toEqual([['A'], ['B']])
    expect(piecesOf(row, 'models')).toEqual([
      { names: ['small'], change: cost(70) },
      { names: ['large'], change: cost(30) },
    ])
  })

  it('is split as it was quoted, where each node has quoted its own price', () => {
    const calls = [
      newCall({ nodeId: '1', title: 'A', announcedCredits: 12.66 }),
      newCall({ nodeId: '2', title: 'B', announcedCredits: 8.44 }),
    ]
    const row = newRow({
      kind: 'run',
      nodes: ['A', 'B'],
      change: { basis: 'announced', credits: 21.1 },
      parts: { run: newRun({ calls }), verdict: null, events: [] },
    })
    expect(piecesOf(row, 'nodes')).toEqual([
      { names: ['A'], change: { basis: 'announced', credits: 12.66 } },
      { names: ['B'], change: { basis: 'announced', credits: 8.44 } },
    ])
  })

  it('is the sum of its pieces, whatever is known of its calls', () => {
    const call = fc.record({
      node: fc.constantFrom('A', 'B', 'C', '__proto__'),
      usdMicros: fc.option(fc.integer({ min: 0, max: 50 })),
      certainty: fc.constantFrom<Certainty>('proved', 'at-least', 'announced', 'unknown'),
    })
    fc.assert(
      fc.property(
        fc.array(call, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 200 }),
        fc.boolean(),
        (calls, usdMicros, complete) => {
          const row = runRow(cost(usdMicros, complete), calls)
          const pieces = piecesOf(row, 'nodes')
          const changes = pieces.map(({ change }) => change)
          const sum = changes.reduce(
            (all, change) => all + (change.basis === 'actual' ? -change.usdMicros : NaN),
            0,
          )
          expect(sum).toBe(usdMicros)
          const isOpen = changes.some((change) => change.basis === 'actual' && !change.complete)
          expect(isOpen).toBe(!complete)
          for (const { names } of pieces)
            expect(row.nodes).toEqual(expect.arrayContaining([...names]))
        },
      ),
    )
  })
})
