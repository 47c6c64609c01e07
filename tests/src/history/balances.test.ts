import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { balancesAfter } from '../../../src/history/balances.ts'
import type { HistoryRow, RowChange } from '../../../src/history/row.ts'
import type { Reading } from '../../../src/reconciliation/balance-reading.ts'
import { newRow } from '../../support/builders/row.ts'

const MINUTE = 60_000
const actual = (usdMicros: number): RowChange => ({ basis: 'actual', usdMicros, complete: true })
const rowAt = (minute: number, change: RowChange, about: Partial<HistoryRow> = {}): HistoryRow =>
  newRow({
    id: `run:${minute}`,
    at: minute * MINUTE,
    durationMs: 10_000,
    status: 'succeeded',
    change,
    ...about,
  })
const reading = (minute: number, usdMicros: number): Reading => ({ at: minute * MINUTE, usdMicros })

function balances(rows: readonly HistoryRow[], readings: readonly Reading[]): (number | null)[] {
  return rows.map(balancesAfter(rows, readings))
}

describe('the balance after a row', () => {
  it('is the one that was read next, where nothing else happened between two readings', () => {
    const rows = [rowAt(5, { basis: 'announced', credits: 2.11 })]
    expect(balances(rows, [reading(4, 1_000_000), reading(6, 990_000)])).toEqual([990_000])
  })

  it('is summed up to the row, where several happened and they come to what was read', () => {
    const rows = [
      rowAt(8, actual(-20_000)),
      rowAt(7, actual(500_000), { kind: 'top-up' }),
      rowAt(6, { basis: 'none' }),
      rowAt(5, actual(-10_000)),
    ]
    const readings = [reading(4, 1_000_000), reading(9, 1_470_000)]
    expect(balances(rows, readings)).toEqual([1_470_000, 1_490_000, 990_000, 990_000])
  })

  it('is not said where they do not come to it, or one of them is not known to the cent', () => {
    const readings = [reading(4, 1_000_000), reading(9, 900_000)]
    const off = [rowAt(8, actual(-20_000)), rowAt(5, actual(-10_000))]
    expect(balances(off, readings)).toEqual([null, null])
    const vague = [rowAt(8, actual(-90_000)), rowAt(5, { basis: 'announced', credits: 2.11 })]
    expect(balances(vague, readings)).toEqual([null, null])
  })

  it('is not taken from a balance that was read before the charge had settled', () => {
    const rows = [rowAt(5, actual(-10_000))]
    const atItsEnd: Reading = { at: 5 * MINUTE + 10_500, usdMicros: 1_000_000 }
    expect(balances(rows, [reading(4, 1_000_000), atItsEnd, reading(6, 990_000)])).toEqual([
      990_000,
    ])
    expect(balances(rows, [reading(4, 1_000_000), atItsEnd])).toEqual([null])
  })

  it('is not one that does not show the row yet, as of an account whose balance follows late', () => {
    const rows = [rowAt(5, actual(-10_000))]
    const late = [reading(4, 1_000_000), reading(6, 1_000_000), reading(7, 990_000)]
    expect(balances(rows, late)).toEqual([null])
    // In whole cents.
    const cents = [reading(4, 1_000_000), reading(6, 980_000)]
    expect(balances([rowAt(5, actual(-15_000))], cents)).toEqual([980_000])
  })

  it('is not said of what goes on, of what has no time, and before the first reading', () => {
    const rows = [
      rowAt(5, { basis: 'unknown' }, { status: 'running', durationMs: null }),
      rowAt(2, actual(-10_000)),
      newRow({ change: actual(-10_000) }),
    ]
    expect(balances(rows, [reading(4, 1_000_000), reading(6, 990_000)])).toEqual([null, null, null])
  })

  it('is what a ledger says, whenever the balance was read', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ change: fc.integer({ min: -50_000, max: 50_000 }), read: fc.boolean() }),
        ),
        (steps) => {
          const truth = new Map<string, number>()
          const readings = [reading(0, 1_000_000)]
          let balance = 1_000_000
          const rows = steps.map(({ change, read }, index) => {
            const row = rowAt(index * 2 + 1, actual(change))
            balance += change
            truth.set(row.id, balance)
            if (read) readings.push(reading(index * 2 + 2, balance))
            return row
          })
          const newestFirst = rows.toReversed()
          const after = balancesAfter(newestFirst, readings)
          const wrong = newestFirst.filter((row) => ![null, truth.get(row.id)].includes(after(row)))
          expect(wrong).toEqual([])
          const upTo = readings.at(-1)?.at ?? 0
          expect(newestFirst.filter((row) => (row.at ?? 0) < upTo && after(row) === null)).toEqual(
            [],
          )
        },
      ),
    )
  })

  it('of a hundred thousand rows between two readings is gone through once', () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => rowAt(100_000 - index, actual(-1)))
    const after = balancesAfter(rows, [reading(0, 100_000), reading(200_000, 0)])
    expect(rows.every((row, index) => after(row) === index)).toBe(true)
  })
})
