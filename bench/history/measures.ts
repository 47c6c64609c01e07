import { formatRatio, median, pairedRatio } from '../statistics.ts'

export const LISTS = ['ours', 'stock', 'table'] as const
export type List = (typeof LISTS)[number]
type Rival = Exclude<List, 'ours'>

const MEASURES = {
  'click to first rows': { unit: 'ms', digits: 0 },
  'a page further to rows': { unit: 'ms', digits: 0 },
  'search to rows': { unit: 'ms', digits: 0 },
  'order to rows': { unit: 'ms', digits: 0 },
  'frame while scrolling, p95': { unit: 'ms', digits: 0 },
  'heap beyond the same page without': { unit: 'MB', digits: 0 },
  'recording one event': { unit: 'ms', digits: 3 },
  'first of 1,000 rows, all drawn': { unit: 'ms', digits: 0 },
} as const satisfies Record<string, { unit: string; digits: number }>
type Measure = keyof typeof MEASURES
const NAMES = Object.keys(MEASURES) as Measure[]

/** The limit for ours: a share of a rival's time for the same or another action. */
interface Budget {
  readonly name: Measure
  readonly most: number
  /** Without a rival, `most` is an amount. */
  readonly of?: readonly [rival: Rival, doing: Measure]
}

/**
 * Times are compared with a rival's in the same run, because a slow machine is slow for both.
 * Memory is the same on every machine.
 */
const BUDGETS: readonly Budget[] = [
  { name: 'click to first rows', most: 0.8, of: ['stock', 'click to first rows'] },
  { name: 'click to first rows', most: 0.4, of: ['table', 'click to first rows'] },
  { name: 'search to rows', most: 0.17, of: ['table', 'search to rows'] },
  { name: 'order to rows', most: 0.06, of: ['table', 'order to rows'] },
  {
    name: 'frame while scrolling, p95',
    most: 0.3,
    of: ['table', 'frame while scrolling, p95'],
  },
  { name: 'heap beyond the same page without', most: 150 },
  // No rival records events: this takes 0.2 ms where ComfyUI's list opens in 136.
  { name: 'recording one event', most: 0.0015, of: ['stock', 'click to first rows'] },
]

/** A list lacks the actions that it does not support. */
export type Samples = Partial<Record<Measure, readonly number[]>>
export type Round = Readonly<Record<List, Samples>>

const WIDTHS = [34, 24, 20, 24, 26, 26]
const HEAD = ['ours', 'stock', 'DataTable', 'ours / stock', 'ours / DataTable']
const RIVALS: Readonly<Record<Rival, string>> = { stock: 'stock', table: 'DataTable' }

/** The lines of the table and of the budgets, and whether ours meets every budget. */
export function reportOf(rounds: readonly Round[]): { lines: string[]; held: boolean } {
  const verdicts = BUDGETS.map((budget) => verdictOf(rounds, budget))
  return {
    lines: [
      line(['medians (least–most)', ...HEAD]),
      ...NAMES.map((name) => lineOf(rounds, name)),
      '',
      ...verdicts.map(({ text }) => text),
    ],
    held: verdicts.every(({ held }) => held),
  }
}

/** A budget that was not measured is not met. */
function verdictOf(rounds: readonly Round[], budget: Budget): { text: string; held: boolean } {
  const { name, most, of } = budget
  const { unit } = MEASURES[name]
  const values = of ? sharesOf(rounds, name, of) : all(rounds, 'ours', name)
  const value = values.length === 0 ? null : median(values)
  const held = value !== null && value <= most
  const limit = of ? `${most} of ${RIVALS[of[0]]}'s ${of[1]}` : `${most} ${unit}`
  const shown = value === null ? 'not measured' : value.toPrecision(2)
  return { text: `${held ? 'held    ' : 'NOT HELD'}  ${name}: ${shown}, at most ${limit}`, held }
}

function sharesOf(
  rounds: readonly Round[],
  name: Measure,
  [rival, doing]: readonly [Rival, Measure],
): number[] {
  return pairsOf(rounds, name, rival, doing).map(([ours, theirs]) => ours / theirs)
}

function lineOf(rounds: readonly Round[], name: Measure): string {
  return line([
    name,
    ...LISTS.map((list) => figures(all(rounds, list, name), name)),
    ratio(rounds, 'stock', name),
    ratio(rounds, 'table', name),
  ])
}

function all(rounds: readonly Round[], list: List, name: Measure): number[] {
  return rounds.flatMap((round) => round[list][name] ?? [])
}

function figures(samples: readonly number[], name: Measure): string {
  if (samples.length === 0) return '–'
  const { unit, digits } = MEASURES[name]
  const [middle, least, greatest] = [
    median(samples),
    Math.min(...samples),
    Math.max(...samples),
  ].map((value) => value.toFixed(digits))
  return `${middle} ${unit} (${least}–${greatest})`
}

function ratio(rounds: readonly Round[], rival: Rival, name: Measure): string {
  const pairs = pairsOf(rounds, name, rival, name)
  return pairs.length === 0 ? '–' : formatRatio(pairedRatio(pairs))
}

/** The medians of each round, ours beside the rival's. */
function pairsOf(rounds: readonly Round[], name: Measure, rival: Rival, doing: Measure) {
  return rounds.flatMap(({ ours, [rival]: theirs }) => {
    const [a, b] = [ours[name], theirs[doing]]
    return a && b ? [[median(a), median(b)] as const] : []
  })
}

function line(cells: readonly string[]): string {
  const padded = cells.map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0))
  return padded.join('  ').trimEnd()
}
