import { changedUsdMicros } from '../cost.ts'
import type { HistoryRow } from '../row.ts'

export const sortKeys = ['what', 'when', 'duration', 'credits'] as const
export type SortKey = (typeof sortKeys)[number]

export interface Sort {
  readonly by: SortKey
  readonly descending: boolean
}

/** As the rows come. */
export const newestFirst: Sort = { by: 'when', descending: true }

/** Every order there is, by a name for it. */
export const sortChoices = [
  { name: 'newest', sort: newestFirst },
  { name: 'oldest', sort: { by: 'when', descending: false } },
  // What was spent is negative.
  { name: 'dearest', sort: { by: 'credits', descending: false } },
  { name: 'cheapest', sort: { by: 'credits', descending: true } },
  { name: 'longest', sort: { by: 'duration', descending: true } },
  { name: 'shortest', sort: { by: 'duration', descending: false } },
  { name: 'name', sort: { by: 'what', descending: false } },
  { name: 'name-back', sort: { by: 'what', descending: true } },
] as const satisfies readonly { name: string; sort: Sort }[]

/** The order that is wanted first of those by `by`. */
export function firstOrder(by: SortKey): Sort {
  return sortChoices.find(({ sort }) => sort.by === by)?.sort ?? newestFirst
}

export function sameSort(one: Sort, other: Sort): boolean {
  return one.by === other.by && one.descending === other.descending
}

/**
 * What each row is sorted by: a whole number, NaN where it is not known. `collator` of the person's
 * language, for names.
 */
export function sortValues(
  rows: readonly HistoryRow[],
  by: SortKey,
  collator: Intl.Collator,
): Float64Array {
  const valueOf = by === 'what' ? placeOfName(rows, collator) : numberOf[by]
  const values = new Float64Array(rows.length)
  rows.forEach((row, index) => {
    values[index] = Math.round(valueOf(row) ?? NaN)
  })
  return values
}

/**
 * The rows in another order: of equal ones the first stays first, and what is not known comes last
 * either way. `rows` newest first, `values` what they are sorted by, where that is needed.
 */
export function sortRows(
  rows: readonly HistoryRow[],
  { by, descending }: Sort,
  values: () => Float64Array,
): readonly HistoryRow[] {
  if (by === 'when' && descending) return rows
  const sorted = rows.slice()
  byDigits(keysOf(values(), descending)).forEach((from, to) => {
    const row = rows[from]
    if (row) sorted[to] = row
  })
  return sorted
}

/** What is read first in the row; a run without a workflow's name is known by its nodes. */
function nameOf({ workflow, nodes, models, eventType }: HistoryRow): string | null {
  return workflow ?? nodes[0] ?? models[0] ?? eventType
}

const numberOf = {
  when: ({ at }: HistoryRow) => at,
  duration: ({ durationMs }: HistoryRow) => durationMs,
  credits: ({ change }: HistoryRow) => changedUsdMicros(change),
} as const satisfies Record<string, (row: HistoryRow) => number | null>

/** Where a row's name is among all names. */
function placeOfName(
  rows: readonly HistoryRow[],
  collator: Intl.Collator,
): (row: HistoryRow) => number | null {
  const names = [...new Set(rows.map(nameOf))].filter((name) => name !== null)
  const places = new Map(names.sort(collator.compare).map((name, place) => [name, place]))
  return (row) => {
    const name = nameOf(row)
    return name === null ? null : (places.get(name) ?? null)
  }
}

/** Whole numbers from 0 on, that are in the order wanted; the highest for what is not known. */
function keysOf(values: Float64Array, descending: boolean): Float64Array {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  const unknown = high - low + 1
  return values.map((value) =>
    Number.isNaN(value) ? Math.max(unknown, 0) : descending ? high - value : value - low,
  )
}

const DIGIT = 2 ** 16

/**
 * The indexes of the keys in their order, by a radix sort: a function that compares two of a hundred
 * thousand is called some millions of times, and that alone would be seen.
 */
function byDigits(keys: Float64Array): Uint32Array {
  let order = new Uint32Array(keys.length).map((_zero, index) => index)
  const highest = keys.reduce((high, key) => Math.max(high, key), 0)
  for (let unit = 1; unit <= highest; unit *= DIGIT) {
    const digits = new Uint16Array(keys.length)
    const places = new Uint32Array(DIGIT + 1)
    keys.forEach((key, index) => {
      const digit = Math.floor(key / unit) % DIGIT
      digits[index] = digit
      places[digit + 1] = (places[digit + 1] ?? 0) + 1
    })
    places.forEach((count, digit) => {
      places[digit] = count + (places[digit - 1] ?? 0)
    })
    const sorted = new Uint32Array(order.length)
    for (const index of order) {
      const digit = digits[index] ?? 0
      const place = places[digit] ?? 0
      sorted[place] = index
      places[digit] = place + 1
    }
    order = sorted
  }
  return order
}
