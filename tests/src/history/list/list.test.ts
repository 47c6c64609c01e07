import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { facetsOf } from '../../../../src/history/list/facets.ts'
import {
  countSet,
  noFilter,
  spanOf,
  testOf,
  type Filter,
} from '../../../../src/history/list/filter.ts'
import { groupings, groupRows } from '../../../../src/history/list/group.ts'
import { roughCertainties } from '../../../../src/history/list/filter.ts'
import {
  newestFirst,
  sortKeys,
  sortRows,
  sortValues,
  type Sort,
} from '../../../../src/history/list/sort.ts'
import { readView } from '../../../../src/history/list/stored-view.ts'
import { totalsOf, type Totals } from '../../../../src/history/list/totals.ts'
import {
  rowKinds,
  rowStatuses,
  type HistoryRow,
  type RowChange,
} from '../../../../src/history/row.ts'
import { newRow } from '../../../support/builders/row.ts'

const NOW = new Date(2026, 10, 23, 12).getTime()
const DAY = 24 * 60 * 60_000
const collator = new Intl.Collator('en', { numeric: true })
const sortBy = (rows: readonly HistoryRow[], sort: Sort): readonly HistoryRow[] =>
  sortRows(rows, sort, () => sortValues(rows, sort.by, collator))

const name = fc.constantFrom('Castle', 'castle 10', 'castle 9', '__proto__', 'Ärger', 'مرحبا', '')
const change: fc.Arbitrary<RowChange> = fc.oneof(
  fc.record({
    basis: fc.constant('actual' as const),
    usdMicros: fc.integer({ min: -2_000_000, max: 2_000_000 }),
    complete: fc.boolean(),
  }),
  fc.record({
    basis: fc.constant('announced' as const),
    credits: fc.integer({ min: 0, max: 9999 }).map((hundredths) => hundredths / 100),
  }),
  fc.constantFrom({ basis: 'none' as const }, { basis: 'unknown' as const }),
)
const row: fc.Arbitrary<HistoryRow> = fc
  .record({
    kind: fc.constantFrom(...rowKinds),
    status: fc.constantFrom(...rowStatuses),
    at: fc.option(fc.integer({ min: NOW - 90 * DAY, max: NOW })),
    durationMs: fc.option(fc.integer({ min: 0, max: 3 })),
    workflow: fc.option(name),
    nodes: fc.uniqueArray(name, { maxLength: 3 }),
    models: fc.uniqueArray(name, { maxLength: 2 }),
    members: fc.uniqueArray(name, { maxLength: 2 }),
    apiKeys: fc.uniqueArray(name, { maxLength: 1 }),
    promptId: fc.option(fc.uuid()),
    change,
  })
  .map(newRow)
const rowsOf = fc
  .array(row, { maxLength: 40 })
  .map((rows) => rows.toSorted((a, b) => (b.at ?? -Infinity) - (a.at ?? -Infinity) || 0))
const some = <T>(values: readonly T[]) =>
  fc.subarray([...values], { maxLength: Math.min(2, values.length) })
const filterOf: fc.Arbitrary<Filter> = fc.record({
  time: fc.constantFrom<Filter['time']>(
    null,
    'today',
    { from: null, to: null },
    {
      from: NOW - 30 * DAY,
      to: NOW - 5 * DAY,
    },
  ),
  kinds: some(rowKinds),
  outcomes: some(rowStatuses),
  workflows: some(['Castle', '__proto__']),
  nodes: some(['castle 9']),
  models: some(['Ärger']),
  members: some(['Castle']),
  apiKeys: some(['castle 10']),
  certainties: some(roughCertainties),
  text: fc.constantFrom('', ' ', 'cas', 'CASTLE 1', 'a-'),
})
const sort: fc.Arbitrary<Sort> = fc.record({
  by: fc.constantFrom(...sortKeys),
  descending: fc.boolean(),
})
const filtered = (rows: readonly HistoryRow[], filter: Partial<Filter>): HistoryRow[] =>
  rows.filter(testOf({ ...noFilter, ...filter }, NOW) ?? (() => true))

describe('a filter', () => {
  it('and what it leaves out are all rows, in their order', () => {
    fc.assert(
      fc.property(rowsOf, filterOf, (rows, filter) => {
        const test = testOf(filter, NOW) ?? (() => true)
        const shown = new Set(rows.filter(test))
        const left = new Set(rows.filter((each) => !test(each)))
        expect(rows.filter((each) => shown.has(each) !== left.has(each))).toEqual(rows)
        expect(testOf(filter, NOW) === null).toBe(countSet(filter) === 0)
      }),
    )
  })

  it('finds words in every name of a row, and in its id, whatever their capitals', () => {
    const rows = [
      newRow({ workflow: 'Castle at Dusk' }),
      newRow({ nodes: ['Sample Image', 'Sample Chat'] }),
      newRow({ models: ['lexis-large'] }),
      newRow({ promptId: '7C1f-22' }),
      newRow({ kind: 'other', eventType: 'storage_fee_settled' }),
    ]
    const found = (text: string) => filtered(rows, { text }).map((each) => rows.indexOf(each))
    expect(['dusk CASTLE', 'chat', 'LEXIS', '7c1F', 'fee', 'castle chat'].map(found)).toEqual([
      [0],
      [1],
      [2],
      [3],
      [4],
      [],
    ])
  })

  it('by how runs ended shows runs and calls only: a top-up has no such end', () => {
    const rows = [newRow({ status: 'succeeded' }), newRow({ kind: 'top-up', status: 'succeeded' })]
    expect(filtered(rows, { outcomes: ['succeeded'] })).toEqual([rows[0]])
  })

  it('by how sure the cost is puts what is confirmed in part to what is announced', () => {
    const changes: readonly RowChange[] = [
      { basis: 'actual', usdMicros: -1, complete: true },
      { basis: 'none' },
      { basis: 'actual', usdMicros: -1, complete: false },
      { basis: 'announced', credits: 12.66 },
      { basis: 'unknown' },
    ]
    const rows = changes.map((each) => newRow({ change: each }))
    expect(roughCertainties.map((one) => filtered(rows, { certainties: [one] }))).toEqual([
      rows.slice(0, 2),
      rows.slice(2, 4),
      rows.slice(4),
    ])
  })

  it('by time leaves out what has none, and knows the months of the calendar', () => {
    const rows = [newRow({ at: null }), newRow({ at: NOW - 24 * DAY }), newRow({ at: NOW })]
    expect(filtered(rows, { time: 'last-month' })).toEqual([rows[1]])
    expect(filtered(rows, { time: { from: 0, to: null } })).toEqual(rows.slice(1))
    expect(filtered(rows, { time: { from: null, to: null } })).toEqual(rows)
    expect(spanOf('last-month', new Date(2026, 0, 5).getTime())).toEqual({
      from: new Date(2025, 11, 1).getTime(),
      to: new Date(2026, 0, 1).getTime(),
    })
  })
})

describe('an order', () => {
  it('has every row once, equal ones as they came, and what is not known last', () => {
    fc.assert(
      fc.property(rowsOf, sort, (rows, by) => {
        const sorted = sortBy(rows, by)
        expect(new Set(sorted)).toEqual(new Set(rows))
        expect(sorted).toHaveLength(rows.length)
        expect(sortBy(sorted, by)).toEqual(sorted)
        const stable = rows.toSorted(comparing(by))
        expect(sorted).toEqual(stable)
      }),
    )
  })

  it('is left alone where the rows have it already', () => {
    const rows = [newRow({ at: 2 }), newRow({ at: 1 })]
    expect(sortBy(rows, newestFirst)).toBe(rows)
  })
})

/** The same said slowly. */
function comparing({ by, descending }: Sort) {
  const valueOf = (each: HistoryRow): string | number | null => {
    if (by === 'when') return each.at
    if (by === 'duration') return each.durationMs
    if (by === 'what') {
      return each.workflow ?? each.nodes[0] ?? each.models[0] ?? each.eventType
    }
    const { change: changed } = each
    if (changed.basis === 'actual') return changed.usdMicros
    if (changed.basis === 'announced') return -Math.round((changed.credits * 1_000_000) / 211)
    return changed.basis === 'none' ? 0 : null
  }
  return (a: HistoryRow, b: HistoryRow): number => {
    const [left, right] = [valueOf(a), valueOf(b)]
    if (left === null || right === null) return Number(left === null) - Number(right === null)
    const order =
      typeof left === 'string' ? collator.compare(left, String(right)) : left - Number(right)
    return descending ? -order : order
  }
}

describe('groups', () => {
  it('have every row once, and their sums make the sum of the list', () => {
    fc.assert(
      fc.property(rowsOf, fc.constantFrom(...groupings), (rows, by) => {
        const groups = groupRows(rows, by)
        expect(groups.flatMap((group) => group.rows)).toHaveLength(rows.length)
        expect(new Set(groups.flatMap((group) => group.rows))).toEqual(new Set(rows))
        expect(new Set(groups.map(({ id }) => id)).size).toBe(groups.length)
        const whole = totalsOf(rows)
        for (const key of Object.keys(whole) as (keyof typeof whole)[]) {
          expect(groups.reduce((sum, { totals }) => sum + totals[key], 0)).toBe(whole[key])
        }
      }),
    )
  })

  it('of several models are groups of their own, whatever the order of the models', () => {
    const rows = [
      newRow({ models: ['b', 'a'] }),
      newRow({ models: ['a'] }),
      newRow({ models: ['a', 'b'] }),
      newRow({ models: [] }),
      newRow({ kind: 'top-up' }),
    ]
    const groups = groupRows(rows, 'model').map(({ key, rows: own }) => [key, own.length])
    expect(groups).toEqual([
      [{ is: 'names', names: ['a', 'b'] }, 2],
      [{ is: 'names', names: ['a'] }, 1],
      [{ is: 'unknown' }, 1],
      [{ is: 'other' }, 1],
    ])
  })

  it('by day are days of the calendar', () => {
    const noon = new Date(2026, 2, 29, 12).getTime()
    const late = new Date(2026, 2, 29, 23, 59).getTime()
    const next = new Date(2026, 2, 30, 0, 1).getTime()
    const groups = groupRows(
      [next, late, noon].map((at) => newRow({ at })),
      'day',
    )
    expect(groups.map((group) => group.rows.length)).toEqual([1, 2])
    expect(groups[1]?.key).toEqual({ is: 'day', from: new Date(2026, 2, 29).getTime() })
  })
})

function nonZero(totals: Totals): Partial<Totals> {
  return Object.fromEntries(Object.entries(totals).filter(([, value]) => value !== 0))
}

describe('a workspace’s members', () => {
  const rows = [
    newRow({ id: 'a', members: ['Ann'], apiKeys: ['CI'] }),
    newRow({ id: 'b', members: ['Bob'] }),
    newRow({ id: 'c', members: ['Ann'] }),
  ]

  it('and API keys can be filtered by, searched for and grouped by', () => {
    const idsOf = (all: readonly HistoryRow[]) => all.map(({ id }) => id)
    expect(idsOf(filtered(rows, { members: ['Ann'] }))).toEqual(['a', 'c'])
    expect(idsOf(filtered(rows, { apiKeys: ['CI'] }))).toEqual(['a'])
    expect(idsOf(filtered(rows, { text: 'bob' }))).toEqual(['b'])
    expect(groupRows(rows, 'member').map((group) => [group.key, idsOf(group.rows)])).toEqual([
      [{ is: 'names', names: ['Ann'] }, ['a', 'c']],
      [{ is: 'names', names: ['Bob'] }, ['b']],
    ])
    expect(groupRows(rows, 'api-key').map(({ key }) => key)).toEqual([
      { is: 'names', names: ['CI'] },
      { is: 'unknown' },
    ])
  })

  it('are not in a view that was stored before, which is read all the same', () => {
    const { members: _members, apiKeys: _apiKeys, ...older } = { ...noFilter, text: 'castle' }
    const stored = JSON.stringify({ filter: older, sort: newestFirst, group: 'model' })
    const storage = { getItem: () => stored } as unknown as Storage
    expect(readView(storage, 'token:person')).toEqual({
      filter: { ...noFilter, text: 'castle' },
      sort: newestFirst,
      group: 'model',
    })
  })
})

describe('totals', () => {
  it('never add what was announced or is not known to what is proved', () => {
    const rows = [
      newRow({ change: { basis: 'actual', usdMicros: -10_000, complete: true } }),
      newRow({ change: { basis: 'actual', usdMicros: -20_000, complete: false } }),
      newRow({ change: { basis: 'announced', credits: 0.1 } }),
      newRow({ change: { basis: 'announced', credits: 0.2 } }),
      newRow({ change: { basis: 'unknown' } }),
      newRow({ kind: 'other', change: { basis: 'unknown' } }),
      newRow({ kind: 'top-up', change: { basis: 'actual', usdMicros: 500, complete: true } }),
    ]
    expect(nonZero(totalsOf(rows))).toEqual({
      rows: 7,
      spentUsdMicros: 10_000,
      atLeastUsdMicros: 20_000,
      announcedHundredths: 30,
      added: 500,
      unknown: 1,
    })
  })

  it('call spent only what runs and usage cost; all else goes by its own name', () => {
    const moved = (kind: HistoryRow['kind'], usdMicros: number) =>
      newRow({ kind, change: { basis: 'actual', usdMicros, complete: true } })
    const rows = [
      moved('run', -100),
      moved('usage', -200),
      moved('shared', -400),
      moved('refund', -25_000_000),
      moved('refund', 3),
      moved('dispute', -10_000_000),
      moved('dispute', 4),
      moved('adjustment', -5),
      moved('adjustment', 6),
      moved('unexplained', -7),
      moved('unexplained', 8),
      moved('top-up', 9),
    ]
    expect(nonZero(totalsOf(rows))).toEqual({
      rows: 12,
      spentUsdMicros: 700,
      added: 9,
      'payment-refunded': 25_000_000,
      'credits-refunded': 3,
      disputed: 10_000_000,
      'dispute-won': 4,
      'adjusted-down': 5,
      'adjusted-up': 6,
      'unknown-charge': 7,
      'unknown-credit': 8,
    })
  })

  it('lose no micro-USD: with their signs they make the change of the balance', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const totals = totalsOf(rows)
        const came =
          totals.added +
          totals['credits-refunded'] +
          totals['dispute-won'] +
          totals['adjusted-up'] +
          totals['unknown-credit']
        const went =
          totals.spentUsdMicros +
          totals.atLeastUsdMicros +
          totals['payment-refunded'] +
          totals.disputed +
          totals['adjusted-down'] +
          totals['unknown-charge']
        const changed = rows.reduce(
          (sum, each) => sum + (each.change.basis === 'actual' ? each.change.usdMicros : 0),
          0,
        )
        expect(came - went).toBe(changed)
      }),
    )
  })
})

describe('what there is to choose', () => {
  it('is what choosing it would show, the commonest first', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const facets = facetsOf(rows)
        for (const part of Object.keys(facets) as (keyof typeof facets)[]) {
          const counts = facets[part].map(({ count }) => count)
          expect(counts).toEqual(counts.toSorted((a, b) => b - a))
          for (const { value, count } of facets[part]) {
            expect(filtered(rows, { [part]: [value] })).toHaveLength(count)
          }
        }
      }),
    )
  })
})
