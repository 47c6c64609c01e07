import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { balanceSpanOf } from '../../../src/history/balance-span.ts'
import type { HistoryRow } from '../../../src/history/row.ts'
import { newRow } from '../../support/builders/row.ts'
import { NOON, SECOND } from '../../support/builders/run.ts'

const span = (from: number, to: number, cost: number) => ({
  from: { at: NOON + from * SECOND, usdMicros: 10_000_000 },
  to: { at: NOON + to * SECOND, usdMicros: 10_000_000 - cost },
})
const run = (id: string, at: number, usdMicros: number, part: Partial<HistoryRow> = {}) =>
  newRow({
    id,
    promptId: id,
    kind: 'run',
    at: NOON + at * SECOND,
    durationMs: 5 * SECOND,
    change: { basis: 'actual', usdMicros: -usdMicros, complete: true },
    ...part,
  })

describe('the balance before and after a run', () => {
  it('is said of the run alone', () => {
    const rows = [run('later', 100, 7), run('own', 10, 393_700), run('earlier', -100, 9)]
    expect(balanceSpanOf(rows[1] ?? newRow({}), [span(0, 30, 393_700)], rows)).toEqual({
      ...span(0, 30, 393_700),
      otherRuns: 0,
    })
  })

  it('is said of it together with the other runs of that time', () => {
    const own = run('own', 10, 393_700)
    const rows = [run('b', 20, 575_000), own, run('a', 5, 575_000)]
    expect(balanceSpanOf(own, [span(0, 30, 1_543_700)], rows)?.otherRuns).toBe(2)
  })

  it('is not said where it would contradict the row', () => {
    const own = run('own', 10, 393_700)
    const others: HistoryRow[] = [
      run('quoted', 20, 0, { change: { basis: 'announced', credits: 12.66 } }),
      run('unknown', 20, 0, { change: { basis: 'unknown' } }),
      run('part', 20, 1_150_000, {
        change: { basis: 'actual', usdMicros: -1_150_000, complete: false },
      }),
      run('top-up', 20, -25_000_000, { kind: 'top-up' }),
      run('unexplained', 20, 1_150_000, { kind: 'unexplained' }),
    ]
    expect(balanceSpanOf(own, [span(0, 30, 1_543_700)], [own])).toBeNull()
    for (const other of others)
      expect(balanceSpanOf(own, [span(0, 30, 1_543_700)], [other, own])).toBeNull()
    expect(balanceSpanOf(own, [], [own])).toBeNull()
  })

  it('is that of the whole run where the row is only one of its nodes', () => {
    const whole = run('own', 10, 393_700)
    const piece = { ...whole, id: 'own#0', change: { ...whole.change, usdMicros: -1 } }
    expect(balanceSpanOf(piece as HistoryRow, [span(0, 30, 393_700)], [whole])?.otherRuns).toBe(0)
  })

  it('always comes to what the rows in it cost', () => {
    const rowsOf = fc.array(
      fc.record({ at: fc.integer({ min: -20, max: 60 }), cost: fc.integer({ min: 1, max: 9 }) }),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(rowsOf, fc.integer({ min: 0, max: 60 }), (some, cost) => {
        const rows = some.map((each, index) => run(`r${index}`, each.at, each.cost * 1_000_000))
        const [own] = rows
        const said = own && balanceSpanOf(own, [span(0, 30, cost * 1_000_000)], rows)
        const within = rows.filter(
          (row) =>
            row === own ||
            ((row.at ?? 0) <= NOON + 30 * SECOND && (row.at ?? 0) > NOON - 5 * SECOND),
        )
        const sum = within.reduce(
          (total, { change }) => total + (change.basis === 'actual' ? -change.usdMicros : 0),
          0,
        )
        expect(said?.otherRuns ?? null).toBe(sum === cost * 1_000_000 ? within.length - 1 : null)
      }),
    )
  })
})
