import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { balanceLine } from '../../../../src/history/charts/balance-line.ts'
import { failedShare } from '../../../../src/history/charts/failed-share.ts'
import { perDay } from '../../../../src/history/charts/per-day.ts'
import { periodsBetween } from '../../../../src/history/charts/periods.ts'
import { perWorkflow } from '../../../../src/history/charts/per-workflow.ts'
import { addSpent, nothingSpent, type Spent } from '../../../../src/history/charts/spent.ts'
import type { HistoryRow, RowChange } from '../../../../src/history/row.ts'
import { newRow } from '../../../support/builders/row.ts'

const NOON = Date.parse('2026-11-20T12:00:00Z')
const HOUR = 60 * 60_000
const DAY = 24 * HOUR

const charged = (usdMicros: number): RowChange => ({
  basis: 'actual',
  usdMicros: -usdMicros,
  complete: true,
})
const announced = (credits: number): RowChange => ({ basis: 'announced', credits })

function sumOf(all: readonly Spent[]): Spent {
  const sum = nothingSpent()
  for (const one of all) addSpent(sum, one)
  return sum
}

const changes = fc.oneof(
  fc.integer({ min: 0, max: 10_000_000 }).map(charged),
  fc.integer({ min: 0, max: 100_000 }).map((hundredths) => announced(hundredths / 100)),
  fc.constantFrom<RowChange>(
    { basis: 'none' },
    { basis: 'unknown' },
    { basis: 'actual', usdMicros: -7, complete: false },
  ),
)
const names = fc.constantFrom('A', 'B', '__proto__', 'constructor', 'others', 'unnamed', 'shared')
const someRows: fc.Arbitrary<HistoryRow[]> = fc.array(
  fc
    .record({
      kind: fc.constantFrom('run', 'usage', 'shared', 'unexplained', 'top-up'),
      at: fc.oneof(
        fc.constant(null),
        fc.integer({ min: NOON - 900 * DAY, max: NOON }),
        fc.constantFrom(-8e15, 0, 8e15, Number.NaN),
      ),
      change: changes,
      nodes: fc.uniqueArray(fc.oneof(names, fc.string()), { maxLength: 2 }),
      workflow: fc.option(fc.oneof(names, fc.integer({ max: 40 }).map(String))),
      status: fc.constantFrom('succeeded', 'failed', 'cancelled', 'interrupted', 'lost', 'cached'),
    } as const)
    .map(newRow),
  { maxLength: 60 },
)

describe('credits per day', () => {
  it('are in the day that the person had, and weeks or months where there are many', () => {
    const units = [0, 3, 100, 1000, 2200].map(
      (days) => perDay([row(NOON - days * DAY), row(NOON)], 'nodes').unit,
    )
    expect(units).toEqual(['day', 'day', 'week', 'month', 'year'])
    const { all, series } = perDay([row(NOON - 3 * DAY), row(NOON)], 'nodes')
    expect(all).toHaveLength(4)
    expect(series[0]?.perPeriod.map(({ rows }) => rows)).toEqual([1, 0, 0, 1])
  })

  it('have eight series and the others, largest first', () => {
    const rows = Array.from({ length: 12 }, (_, index) =>
      row(NOON, { nodes: [`node ${index}`], change: charged(1000 * (index + 1)) }),
    )
    const { series } = perDay(rows, 'nodes')
    expect(series.map(({ of }) => (of.kind === 'names' ? of.names[0] : of.kind))).toEqual([
      ...[11, 10, 9, 8, 7, 6, 5, 4].map((index) => `node ${index}`),
      'others',
    ])
    expect(series.at(-1)?.spent.provedUsdMicros).toBe(10_000)
  })

  it('put a run of several models into a series of its own', () => {
    const rows = [row(NOON, { models: ['a', 'b'] }), row(NOON, { models: ['a'] }), row(NOON)]
    expect(perDay(rows, 'models').series.map(({ of }) => of)).toEqual([
      { kind: 'names', names: ['a', 'b'] },
      { kind: 'names', names: ['a'] },
      { kind: 'unnamed' },
    ])
  })

  it('count no refund, dispute or adjustment, and tell what nothing explains apart', () => {
    const rows = [
      row(NOON, { change: charged(60_000) }),
      row(NOON, { kind: 'refund', change: charged(25_000_000) }),
      row(NOON, { kind: 'dispute', change: charged(10_000_000) }),
      row(NOON, { kind: 'adjustment', change: charged(1_000_000) }),
      row(NOON, { kind: 'unexplained', change: charged(7_000) }),
    ]
    const { total, known } = perDay(rows, 'nodes')
    expect(known.provedUsdMicros).toBe(60_000)
    expect(total.provedUsdMicros).toBe(67_000)
  })

  it('lose nothing and invent nothing: every sum is the sum of the rows', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const { all, series, total, undated } = perDay(rows, 'nodes')
        expect(sumOf(series.map(({ spent }) => spent))).toEqual(total)
        expect(sumOf(series.flatMap(({ perPeriod }) => perPeriod))).toEqual(total)
        expect(total.rows + undated.rows).toBe(
          rows.filter(({ kind, change }) =>
            kind === 'run' || kind === 'usage'
              ? true
              : kind !== 'top-up' && change.basis === 'actual' && change.usdMicros < 0,
          ).length,
        )
        expect(all.length).toBeLessThanOrEqual(90)
        expect(series.length).toBeLessThanOrEqual(9)
      }),
    )
  })
})

it('periods follow each other without a gap, and hold both ends', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: NOON - 2000 * DAY, max: NOON }),
      fc.integer({ min: 0, max: 2000 * DAY }),
      (first, length) => {
        const { all } = periodsBetween(first, first + length)
        expect(all[0]?.from).toBeLessThanOrEqual(first)
        expect(all.at(-1)?.to).toBeGreaterThan(first + length)
        expect(all.every(({ from, to }) => to > from)).toBe(true)
        expect(all.slice(1).map(({ from }) => from)).toEqual(all.slice(0, -1).map(({ to }) => to))
      },
    ),
  )
})

describe('cost per workflow', () => {
  it('is of ten and all others together, those without a name by themselves', () => {
    const rows = Array.from({ length: 14 }, (_, index) =>
      row(NOON, {
        workflow: index === 13 ? null : `w${index}`,
        change: charged(10_000 * (index + 1)),
      }),
    )
    const { largest, others } = perWorkflow(rows)
    expect(largest).toHaveLength(10)
    expect(largest[0]).toMatchObject({ workflow: null, spent: { provedUsdMicros: 140_000 } })
    expect(others).toMatchObject({ count: 4, spent: { provedUsdMicros: 100_000 } })
  })

  it('is the cost of all runs', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const { largest, others } = perWorkflow(rows)
        const sum = sumOf([...largest.map(({ spent }) => spent), others.spent])
        expect(sum.rows).toBe(rows.filter(({ kind }) => kind === 'run').length)
      }),
    )
  })
})

describe('the share of what failed', () => {
  it('is of the cost, and counts what was cancelled and interrupted', () => {
    const { all, lostShare } = failedShare([
      row(NOON, { status: 'succeeded', change: charged(600_000) }),
      row(NOON, { status: 'failed', change: charged(200_000) }),
      row(NOON, { status: 'cancelled', change: charged(100_000) }),
      row(NOON, { status: 'interrupted', change: announced(21.1) }),
      row(NOON, { status: 'cached', change: { basis: 'none' } }),
    ])
    expect(lostShare).toBeCloseTo(0.4)
    expect(all.map(({ ending, share }) => [ending, share?.toFixed(1)])).toEqual([
      ['succeeded', '0.6'],
      ['failed', '0.2'],
      ['cancelled', '0.1'],
      ['interrupted', '0.1'],
    ])
  })

  it('is not said where nothing has cost anything', () => {
    expect(failedShare([row(NOON, { change: { basis: 'unknown' } })]).lostShare).toBeNull()
    expect(failedShare([]).all).toEqual([])
  })
})

describe('the balance', () => {
  const readings = [
    { at: NOON, usdMicros: 10_000_000 },
    { at: NOON + HOUR, usdMicros: 4_000_000 },
    { at: NOON + 2 * HOUR, usdMicros: 29_000_000 },
  ]

  it('has its top-ups marked where the balance shows them', () => {
    const topUp = (at: number) => row(at, { kind: 'top-up', change: charged(-25_000_000) })
    const { topUps, periods } = balanceLine(readings, [
      topUp(NOON + 1.5 * HOUR),
      topUp(NOON - DAY),
      topUp(NOON + DAY),
      row(NOON),
    ])
    expect(topUps).toEqual([
      { at: NOON + 1.5 * HOUR, usdMicros: 25_000_000, balanceUsdMicros: 29_000_000 },
    ])
    const least = Math.min(...periods.map(({ leastUsdMicros }) => leastUsdMicros))
    expect([least, periods.at(-1)?.lastUsdMicros]).toEqual([4_000_000, 29_000_000])
    expect(periods.reduce((sum, { addedUsdMicros }) => sum + addedUsdMicros, 0)).toBe(25_000_000)
  })

  it('keeps its peaks, ends and order however many readings there are', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => ({
      at: NOON + index * 60_000,
      usdMicros: index === 33_333 ? -5 : index === 7 ? 9e9 : (index * 7919) % 1_000_000,
    }))
    const { points } = balanceLine(many, [])
    expect(points.length).toBeLessThanOrEqual(2100)
    expect([points[0], points.at(-1)]).toEqual([many[0], many.at(-1)])
    expect(points).toContainEqual(many[33_333])
    expect(points).toContainEqual(many[7])
    expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).toSorted((a, b) => a - b))
  })
})

function row(at: number, about: Partial<HistoryRow> = {}): HistoryRow {
  return newRow({ at, change: charged(1000), ...about })
}
