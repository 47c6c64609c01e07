import { memoize } from '../account-events/memoize.ts'
import type { Explanation } from '../reconciliation/explain.ts'
import { isOfInterest, type RefusedAttempt, type Run } from '../runs/run.ts'
import type { AccountEvent } from '../account-events/account-event.ts'
import { joinRuns } from '../reconciliation/match-events.ts'
import { refusedRow, rowsOfChange, withVerdict } from './row-builders.ts'
import { kindOf, knownEvents, oldestTime, STARTED } from '../account-events/kinds.ts'
import { openStarts } from './open-starts.ts'
import {
  blankRow,
  type HistoryRow,
  type RowChange,
  type RowKind,
  type RowStatus,
  type Tokens,
} from './row.ts'

export interface RowsInput {
  /** All events loaded so far, newest first as the API sends them; repeats are harmless. */
  readonly events: readonly AccountEvent[]
  /** Runs that were made in this browser. */
  readonly runs: readonly Run[]
  /** Whether the API has older events than the loaded ones. */
  readonly hasMore: boolean
  /** When the newest page was read, epoch milliseconds; null before that. */
  readonly readAt: number | null
  /** What each run cost and what moved the balance besides; null before anybody has looked. */
  readonly explanation?: Pick<Explanation, 'verdicts' | 'open' | 'usageCosts'> | null
  /** What the server did not take, on this page. */
  readonly refused?: readonly RefusedAttempt[]
}

/** Account events and local runs as the rows of the history, newest first. */
export function buildRows(input: RowsInput): HistoryRow[] {
  const { events, runs, hasMore, readAt, explanation, refused = [] } = input
  const { all, usage } = knownEvents(events)
  const { groups, single } = joinRuns(usage, runs)
  const { oldestAt, frontier, otherRows } = ofEventsAlone(events)

  const costs = explanation?.usageCosts ?? new Map<string, number>()
  const runRows = groups.map((group) =>
    runRow(group.jobId, group.run, group.events, {
      costs,
      complete: !hasMore || isComplete(group.run, group.events, frontier, oldestAt),
    }),
  )
  const joined = new Set(groups.map((group) => group.run))
  const localRows = runs
    .filter((run) => !joined.has(run) && isOfInterest(run))
    // Older than what is loaded: its events are likely on a page that is not here yet.
    .filter((run) => !hasMore || oldestAt === null || run.startedAt >= oldestAt)
    .map((run) => localRow(run, readAt))
  const starts = openStarts(all, runs, readAt ?? -Infinity)
  const singleRows = single.map((event) => withCost(eventRow(event), event, costs))
  const eventRows = [...singleRows, ...starts.map(eventRow), ...otherRows]

  const judged = [...runRows, ...localRows].map((row) => {
    const { promptId, parts } = row
    const verdict = promptId === null ? null : explanation?.verdicts.get(promptId)
    return parts?.run && verdict ? withVerdict(row, parts, verdict) : row
  })
  const openRows = explanation?.open.flatMap(rowsOfChange) ?? []
  const refusedRows = refused.map(refusedRow).toReversed()
  return [...judged, ...eventRows, ...openRows, ...refusedRows].toSorted(newestFirst)
}

/** What does not depend on the runs of this browser. */
const ofEventsAlone = memoize((events: readonly AccountEvent[]) => {
  const { all, usage } = knownEvents(events)
  const others = all.filter((event) => kindOf(event) !== 'usage')
  return {
    oldestAt: oldestTime(all),
    frontier: oldestUsage(usage),
    /** Of all that belongs to no run that has ended. */
    otherRows: others.map(eventRow),
  }
})

function oldestUsage(usage: readonly AccountEvent[]): AccountEvent | undefined {
  return usage
    .filter((event) => event.at !== null)
    .reduce<AccountEvent | undefined>(
      (oldest, event) => (oldest && (oldest.at ?? 0) <= (event.at ?? 0) ? oldest : event),
      undefined,
    )
}

/**
 * Whether a run's events are all loaded although there are more pages. A server executes one run
 * at a time, so only the run at the edge can go on beyond it; a local run knows its own start.
 */
function isComplete(
  run: Run | null,
  events: readonly AccountEvent[],
  frontier: AccountEvent | undefined,
  oldestAt: number | null,
): boolean {
  if (run) return oldestAt !== null && run.startedAt > oldestAt
  return !events.some((event) => event === frontier)
}

function runRow(
  jobId: string,
  run: Run | null,
  events: readonly AccountEvent[],
  { complete, costs }: { complete: boolean; costs: ReadonlyMap<string, number> },
): HistoryRow {
  const charges = events.flatMap((event) => event.chargeUsdMicros ?? costs.get(event.id) ?? [])
  const announced = run?.announcedCredits ?? null
  return {
    ...blankRow,
    id: `run:${jobId}`,
    kind: 'run',
    at: run?.startedAt ?? oldestTime(events),
    durationMs: run && durationOf(run),
    status: run?.outcome ?? outcomeOf(events),
    reason: run?.reason ?? null,
    denial: run?.denial ?? null,
    promptId: jobId,
    workflow: run?.workflow ?? null,
    workflowHash: run?.workflowHash ?? null,
    nodes: unique([
      ...(run?.calls.flatMap((call) => call.title ?? call.nodeType ?? []) ?? []),
      ...(run ? [] : events.flatMap((event) => event.nodeType ?? event.api ?? [])),
    ]),
    models: unique(events.flatMap((event) => event.model ?? [])),
    ...whoOf(events),
    calls: events.length,
    tokens: sumTokens(events),
    // An event without a price shows that a call was made, and takes nothing from what is known.
    change:
      charges.length === 0 && announced !== null
        ? { basis: 'announced', credits: announced }
        : chargeOf(charges, events.length, complete),
    output: run?.output ?? null,
    parts: { run, verdict: null, events },
  }
}

function durationOf({ startedAt, endedAt }: Run): number | null {
  return endedAt === null ? null : endedAt - startedAt
}

function chargeOf(charges: readonly number[], calls: number, complete: boolean): RowChange {
  if (charges.length === 0) return { basis: 'unknown' }
  const usdMicros = -charges.reduce((sum, charge) => sum + charge, 0)
  const allTold = charges.length === calls
  if (usdMicros === 0 && allTold && complete) return { basis: 'none' }
  return { basis: 'actual', usdMicros, complete: complete && allTold }
}

function localRow(run: Run, readAt: number | null): HistoryRow {
  return {
    ...blankRow,
    id: `run:${run.promptId}`,
    kind: 'run',
    at: run.startedAt,
    durationMs: durationOf(run),
    status: run.outcome,
    reason: run.reason,
    denial: run.denial ?? null,
    promptId: run.promptId,
    workflow: run.workflow,
    workflowHash: run.workflowHash,
    nodes: unique(run.calls.flatMap((call) => call.title ?? call.nodeType ?? [])),
    calls: run.calls.length,
    change: localChange(run, readAt),
    output: run.output,
    parts: { run, verdict: null, events: [] },
  }
}

/** "Nothing charged" is said only after the account was read since the run's end. */
function localChange(run: Run, readAt: number | null): RowChange {
  if (run.announcedCredits !== null) return { basis: 'announced', credits: run.announcedCredits }
  const readSince = run.endedAt !== null && readAt !== null && readAt >= run.endedAt
  const failed = run.outcome === 'failed' || run.outcome === 'cached'
  return readSince && failed ? { basis: 'none' } : { basis: 'unknown' }
}

const eventRow = memoize((event: AccountEvent): HistoryRow => {
  const kind = kindOf(event)
  return {
    ...blankRow,
    id: `event:${event.id}`,
    kind,
    at: event.at,
    durationMs: event.durationMs,
    status: statusOf(event, kind),
    eventType: event.type,
    promptId: event.jobId,
    nodes: kind === 'usage' ? unique([event.nodeType ?? event.api ?? []].flat()) : [],
    models: event.model === null ? [] : [event.model],
    ...whoOf([event]),
    calls: kind === 'usage' ? 1 : 0,
    tokens: sumTokens([event]),
    change: changeOf(event, kind),
    parts: { run: null, verdict: null, events: [event] },
  }
})

/** Where the event itself has no charge, and the balance shows what it was. */
function withCost(
  row: HistoryRow,
  event: AccountEvent,
  costs: ReadonlyMap<string, number>,
): HistoryRow {
  const cost = event.chargeUsdMicros === null ? costs.get(event.id) : undefined
  return cost === undefined ? row : { ...row, change: chargeOf([cost], 1, true) }
}

function statusOf(event: AccountEvent, kind: RowKind): RowStatus {
  if (event.type === STARTED) return 'running'
  if (kind === 'usage') return outcomeOf([event])
  return kind === 'other' ? 'unknown' : 'succeeded'
}

function changeOf(event: AccountEvent, kind: RowKind): RowChange {
  if (kind === 'usage') {
    return event.type === STARTED
      ? { basis: 'unknown' }
      : chargeOf([event.chargeUsdMicros ?? []].flat(), 1, true)
  }
  if (kind === 'account') return { basis: 'none' }
  if (event.amountUsdMicros === null || kind === 'other') return { basis: 'unknown' }
  return { basis: 'actual', usdMicros: event.amountUsdMicros, complete: true }
}

/** The plain contract says no outcome; a completed call has at least not failed for all we know. */
function outcomeOf(events: readonly AccountEvent[]): RowStatus {
  const outcomes = events.map((event) => event.outcome ?? 'succeeded')
  if (outcomes.includes('failed')) return 'failed'
  return outcomes.every((outcome) => outcome === 'succeeded') ? 'succeeded' : 'unknown'
}

function sumTokens(events: readonly AccountEvent[]): Tokens | null {
  const input = sumOrNull(events.map((event) => event.inputTokens))
  const output = sumOrNull(events.map((event) => event.outputTokens))
  return input === null && output === null ? null : { input, output }
}

function sumOrNull(numbers: readonly (number | null)[]): number | null {
  const known = numbers.flatMap((number) => number ?? [])
  return known.length === 0 ? null : known.reduce((sum, number) => sum + number, 0)
}

/** By name, or by address where the account says no name. */
function whoOf(events: readonly AccountEvent[]): Pick<HistoryRow, 'members' | 'apiKeys'> {
  return {
    members: unique(
      events.flatMap(({ memberName, memberEmail }) => memberName ?? memberEmail ?? []),
    ),
    apiKeys: unique(events.flatMap(({ apiKeyName }) => apiKeyName ?? [])),
  }
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}

/** Rows without a time come last; the sort is stable, so equal times keep the API's order. */
export function newestFirst(a: HistoryRow, b: HistoryRow): number {
  return (b.at ?? -Infinity) - (a.at ?? -Infinity) || 0
}
