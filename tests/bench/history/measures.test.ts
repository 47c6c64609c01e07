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
const slow: Samples = {
  'click to first rows': [400],
  'search to rows': [200],
  'order to rows': [500],
  'frame while scrolling, p95': [80],
  'first of 1,000 rows, all drawn': [3000],
}
const round = (ours: Samples): Round => ({
  ours,
  stock: { 'click to first rows': [200] },
  table: slow,
})
const lineOf = (rounds: readonly Round[], start: string) =>
  reportOf(rounds).lines.find((line) => line.startsWith(start))
const budgets = (...rounds: Round[]) =>
  reportOf(rounds).lines.filter((line) => /^(held|NOT HELD) /.test(line))

test('each measure is said of every list that has it, with the ratios', () => {
  const line = lineOf([round(quick)], 'click to first rows')
  expect(line?.split(/ {2,}/)).toEqual([
    'click to first rows',
    '100 ms (100–100)',
    '200 ms (200–200)',
    '400 ms (400–400)',
    '0.50 (95 %: 0.50–0.50)',
    '0.25 (95 %: 0.25–0.25)',
  ])
})

test('what a list has not is left open', () => {
  expect(lineOf([round(quick)], 'a page further')).toMatch(/35 ms \(30–40\)\s+–\s+–\s+–\s+–/)
})

test('every budget is said to be held or not, times as shares of a rival’s', () => {
  expect(budgets(round(quick))).toEqual([
    "held      click to first rows: 0.50, at most 0.8 of stock's click to first rows",
    "held      click to first rows: 0.25, at most 0.4 of DataTable's click to first rows",
    "held      search to rows: 0.10, at most 0.17 of DataTable's search to rows",
    "held      order to rows: 0.040, at most 0.06 of DataTable's order to rows",
    "held      frame while scrolling, p95: 0.21, at most 0.3 of DataTable's frame while scrolling, p95",
    'held      heap beyond the same page without: 50, at most 150 MB',
    "held      recording one event: 0.00050, at most 0.0015 of stock's click to first rows",
  ])
})

test('the median of all rounds is what ours is held to', () => {
  const slower = round({ ...quick, 'search to rows': [90] })
  expect(reportOf([round(quick), round(quick), slower]).held).toBe(true)
  expect(reportOf([round(quick), slower, slower]).held).toBe(false)
  expect(lineOf([slower], 'NOT HELD')).toContain('search to rows: 0.45, at most 0.17')
})

test('a machine that is slow for all of them is no failure of ours', () => {
  const times = (samples: Samples): Samples =>
    Object.fromEntries(
      Object.entries(samples).map(([name, values]) => [
        name,
        name.startsWith('heap') ? values : values.map((value) => value * 10),
      ]),
    )
  const { ours, stock, table } = round(quick)
  const lists = { ours: times(ours), stock: times(stock), table: times(table) }
  expect(reportOf([lists]).held).toBe(true)
})

test('what was not measured is not held', () => {
  const { held, lines } = reportOf([{ ...round(quick), stock: {} }])
  expect(held).toBe(false)
  expect(lines).toContain(
    "NOT HELD  click to first rows: not measured, at most 0.8 of stock's click to first rows",
  )
})

test('a difference of two pages may come out below nothing, and is held', () => {
  const { held } = reportOf([round({ ...quick, 'recording one event': [-0.01] })])
  expect(held).toBe(true)
})
