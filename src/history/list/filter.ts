import type { Certainty } from '../../reconciliation/verdict.ts'
import { certaintyOf } from '../cost.ts'
import type { HistoryRow, RowChange, RowKind, RowStatus } from '../row.ts'

export const timePresets = ['today', 'week', 'month', 'this-month', 'last-month'] as const
export type TimePreset = (typeof timePresets)[number]

/** From the first moment to before the last; epoch milliseconds, null where it is open. */
export interface TimeSpan {
  readonly from: number | null
  readonly to: number | null
}

/** As much of `Certainty` as a filter distinguishes. `estimated`: not confirmed, or only in part. */
export const roughCertainties = ['actual', 'estimated', 'unknown'] as const
export type RoughCertainty = (typeof roughCertainties)[number]

const roughly: Readonly<Record<Certainty, RoughCertainty>> = {
  proved: 'actual',
  'at-least': 'estimated',
  announced: 'estimated',
  unknown: 'unknown',
}

export function roughCertaintyOf(change: RowChange): RoughCertainty {
  return roughly[certaintyOf(change)]
}

/** What rows are shown. An empty list stands for all there are. */
export interface Filter {
  readonly time: TimePreset | TimeSpan | null
  readonly kinds: readonly RowKind[]
  /** How runs and calls ended: with one of these set, nothing else is shown. */
  readonly outcomes: readonly RowStatus[]
  readonly workflows: readonly string[]
  readonly nodes: readonly string[]
  readonly models: readonly string[]
  /** Of a workspace. */
  readonly members: readonly string[]
  readonly apiKeys: readonly string[]
  readonly certainties: readonly RoughCertainty[]
  /** Words, each of which must be somewhere in the row's names and ids. */
  readonly text: string
}

export const noFilter: Filter = {
  time: null,
  kinds: [],
  outcomes: [],
  workflows: [],
  nodes: [],
  models: [],
  members: [],
  apiKeys: [],
  certainties: [],
  text: '',
}

/** How many of its parts leave something out. */
export function countSet(filter: Filter): number {
  const { time, text, ...lists } = filter
  return [
    time !== null && !isOpen(time),
    text.trim() !== '',
    ...Object.values(lists).map((list) => list.length > 0),
  ].filter(Boolean).length
}

type Test = (row: HistoryRow) => boolean

/** Whether a row is shown; null when all are. `now` is epoch milliseconds. */
export function testOf(filter: Filter, now: number): Test | null {
  const { kinds, outcomes, workflows, nodes, models, members, apiKeys, certainties } = filter
  const tests: Test[] = [
    timeTest(filter.time === null ? null : spanOf(filter.time, now)),
    setTest(kinds, (has) => (row) => has(row.kind)),
    setTest(outcomes, (has) => (row) => costsCredits(row) && has(row.status)),
    setTest(
      workflows,
      (has) =>
        ({ workflow }) =>
          workflow !== null && has(workflow),
    ),
    setTest(nodes, (has) => (row) => row.nodes.some(has)),
    setTest(models, (has) => (row) => row.models.some(has)),
    setTest(members, (has) => (row) => row.members.some(has)),
    setTest(apiKeys, (has) => (row) => row.apiKeys.some(has)),
    setTest(certainties, (has) => (row) => has(roughCertaintyOf(row.change))),
    ...wordsOf(filter.text).map(wordTest),
  ].filter((test) => test !== null)
  return tests.length === 0 ? null : (row) => tests.every((test) => test(row))
}

/** What may fail, be cancelled and cost credits. */
export function costsCredits({ kind }: HistoryRow): boolean {
  return kind === 'run' || kind === 'usage'
}

/** In the time zone of the browser. */
export function spanOf(time: TimePreset | TimeSpan, now: number): TimeSpan {
  if (typeof time === 'object') return time
  const today = new Date(now)
  const year = today.getFullYear()
  const month = today.getMonth()
  const day = (back: number): number => new Date(year, month, today.getDate() - back).getTime()
  switch (time) {
    case 'today':
      return { from: day(0), to: null }
    case 'week':
      return { from: day(6), to: null }
    case 'month':
      return { from: day(29), to: null }
    case 'this-month':
      return { from: new Date(year, month, 1).getTime(), to: null }
    case 'last-month':
      return {
        from: new Date(year, month - 1, 1).getTime(),
        to: new Date(year, month, 1).getTime(),
      }
  }
}

/** Neither end is chosen yet. */
function isOpen(time: TimePreset | TimeSpan): boolean {
  return typeof time === 'object' && time.from === null && time.to === null
}

function timeTest(span: TimeSpan | null): Test | null {
  if (span === null || isOpen(span)) return null
  const { from, to } = { from: span.from ?? -Infinity, to: span.to ?? Infinity }
  return ({ at }) => at !== null && at >= from && at < to
}

function setTest<T>(wanted: readonly T[], test: (has: (value: T) => boolean) => Test): Test | null {
  if (wanted.length === 0) return null
  const set = new Set(wanted)
  return test((value) => set.has(value))
}

function wordsOf(text: string): string[] {
  return fold(text).split(/\s+/).filter(Boolean)
}

/** Names come again and again: each is looked into once. */
function wordTest(word: string): Test {
  const known = new Map<string, boolean>()
  const isIn = (name: string): boolean => {
    const before = known.get(name)
    if (before !== undefined) return before
    const found = fold(name).includes(word)
    known.set(name, found)
    return found
  }
  return ({ workflow, nodes, models, members, apiKeys, promptId, eventType }) =>
    (workflow !== null && isIn(workflow)) ||
    [nodes, models, members, apiKeys].some((names) => names.some(isIn)) ||
    (eventType !== null && isIn(eventType)) ||
    // An id is of plain letters and never comes again.
    (promptId !== null && promptId.toLowerCase().includes(word))
}

/** Capitals and widths do not matter in a search for a name. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
