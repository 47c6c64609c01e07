import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ListItem } from '../../../../src/history/list/items.ts'
import { lineAt, LineHeights, startsOf } from '../../../../src/history/list/line-heights.ts'
import { newRow } from '../../../support/builders/row.ts'

const rows = (count: number): ListItem[] =>
  Array.from({ length: count }, (_, index) => newRow({ id: `run:${index}` }))
const [one, two, three] = rows(3) as [ListItem, ListItem, ListItem]

describe('the height of a line', () => {
  it('is what the first of its kind was found to be, until it is seen itself', () => {
    const heights = new LineHeights()
    expect(heights.see(one, 57)).toBe(true)
    expect(heights.of(two)).toBe(57)
    expect(heights.see(two, 90)).toBe(true)
    expect([one, two, three].map((line) => heights.of(line))).toEqual([57, 90, 57])
  })

  it('of a line that says more is the same', () => {
    const heights = new LineHeights()
    heights.see(one, 57)
    const revised = { usdMicros: 0, certainty: 'proved' } as const
    expect(heights.of(newRow({ id: 'run:more', word: 'nothing-delivered', revised }))).toBe(57)
  })

  it('is no news where it differs by a part of a pixel, and is learned again after a change of width', () => {
    const heights = new LineHeights()
    heights.see(one, 57.875)
    expect(heights.see(two, 57.375)).toBe(false)
    heights.see(three, 120)
    heights.forget()
    expect(heights.of(three)).toBe(57.875)
    expect(heights.see(three, 64)).toBe(true)
    expect(heights.of(one)).toBe(64)
  })
})

describe('where lines are', () => {
  it('every place belongs to the line that begins at it or above, and ends below', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (measured, share) => {
          const items = rows(measured.length)
          const heights = new LineHeights()
          items.forEach((item, index) => heights.see(item, measured[index] ?? 0))
          const starts = startsOf(items, heights)
          const total = measured.reduce((sum, height) => sum + height, 0)
          expect(starts.at(-1)).toBe(total)
          const offset = share * total
          const line = lineAt(starts, offset)
          expect(starts[line]).toBeLessThanOrEqual(offset)
          expect(starts[line + 1]).toBeGreaterThan(offset)
        },
      ),
    )
  })

  it('above the first it is the first, below the last the last', () => {
    const starts = startsOf(rows(3), new LineHeights())
    expect([lineAt(starts, -500), lineAt(starts, 1e6)]).toEqual([0, 2])
    expect(lineAt(startsOf([], new LineHeights()), 5)).toBe(0)
  })
})
