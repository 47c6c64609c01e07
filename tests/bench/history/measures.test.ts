import { expect, test } from 'vitest'
import { reportOf, type Round, type Samples } from '../../../bench/history/measures.ts'

const quick: Samples = {
  'click to first rows': [100],
  'a page further to rows': [30, 40],
  'search to rows': [20],
  'order to rows': [20],
  'frame while scrolling, p95': [16.7],
  'heap beyond the same page without': [50],
  'recording one event': [0.1],
}
const round = (ours: Samples): Round => ({
  ours,
  stock: { 'click to first rows': [200] },
  table: { 'click to first rows': [400], 'first of 1,000 rows, all drawn': [3000] },
})
const lineOf = (rounds: readonly Round[], name: string) =>
  reportOf(rounds).lines.find((line) => line.startsWith(name))

test('each measure is said of every list that has it, with the ratios', () => {
  const line = lineOf([round(quick)], 'click to first rows')
  expect(line?.split(/ {2,}/)).toEqual([
    'click to first rows',
    '100 ms (100–100)',
    '200 ms (200–200)',
    '400 ms (400–400)',
    '0.50 (95 %: 0.50–0.50)',
    '0.25 (95 %: 0.25–0.25)',
    'at most 150: held',
  ])
})

test('what a list has not is left open', () => {
  expect(lineOf([round(quick)], 'search')).toMatch(/20 ms \(20–20\)\s+–\s+–\s+–\s+–/)
})

test('the median of all rounds is what ours is held to', () => {
  const slow = round({ ...quick, 'search to rows': [90] })
  expect(reportOf([round(quick), round(quick), slow]).held).toBe(true)
  expect(reportOf([round(quick), slow, slow]).held).toBe(false)
  expect(lineOf([slow], 'search')).toContain('at most 50: NOT HELD')
})

test('the slowness of others is no failure of ours', () => {
  const lists = round(quick)
  expect(reportOf([{ ...lists, table: { 'search to rows': [5000] } }]).held).toBe(true)
})
