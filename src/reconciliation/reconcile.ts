import type { AccountEvent } from '../account-events/account-event.ts'
import { isUsage, knownEvents } from '../account-events/kinds.ts'
import { memoize } from '../account-events/memoize.ts'
import type { Overheard } from '../runs/recorder.ts'
import type { Run } from '../runs/run.ts'
import { chargeOfEvent, chargeOfOverheard, chargeOfUnpriced } from './charges.ts'
import { changeOf, explainSpan, moveOf, withoutSupposed, type Change, type Entry } from './entry.ts'
import type { Span } from './fit.ts'
import { Balance, judge } from './judge.ts'
import { LaggingBalance } from './lagging-balance.ts'
import { LateCharges } from './late-charges.ts'
import { joinRuns, type RunGroup } from './match-events.ts'
import { evidenceOf, isPartlyConfirmed, isPriced } from './run-evidence.ts'
import { Unplaced } from './unplaced.ts'
import { holdVerdict, type Verdict } from './verdict.ts'

export type { Change, Part } from './entry.ts'
export type { Span } from './fit.ts'

export interface ReconciliationInput {
  /** Readings of one billing account's balance, two by two, oldest first (`spansOf`). */
  readonly spans: readonly Span[]
  /** Of the same billing account. */
  readonly events: readonly AccountEvent[]
  /** Runs that the same billing account pays. */
  readonly runs: readonly Run[]
  /** Prices shown to other tabs and clients. */
  readonly overheard?: readonly Overheard[]
}

export interface Reconciliation {
  readonly changes: readonly Change[]
  readonly verdicts: ReadonlyMap<string, Verdict>
}

/** Readings as pairs, in the order they were made. Two equal readings are a pair too. */
export function spansOf(readings: readonly Span['from'][]): Span[] {
  const sorted = readings.toSorted((a, b) => a.at - b.at)
  return sorted.slice(1).flatMap((to, index) => {
    const from = sorted[index]
    return from && from.at < to.at ? { from, to } : []
  })
}

/**
 * Explains every change of a balance, and says of every run what it cost and how we know. Pure: the
 * same evidence in any order gives the same answer. What it said `before` counts as evidence where
 * that is not at hand any more, and an answer that later evidence has changed says so.
 */
export function reconcile(
  { spans, events, runs, overheard = [] }: ReconciliationInput,
  before: ReadonlyMap<string, Verdict> = new Map(),
): Reconciliation {
  const { groups, single } = joinRuns(knownEvents(events).usage, runs)
  const groupOf = new Map(groups.map((group) => [group.jobId, group]))
  const gathered = runs.map((run) =>
    evidenceOf(run, groupOf.get(run.promptId) ?? null, before.get(run.promptId)),
  )
  const account = accountOf(events)
  const left = new Unplaced([
    ...account.charges,
    ...unpricedOf(groups, single).map(chargeOfUnpriced),
    ...gathered.flatMap(({ charges }) => charges),
    ...overheard.map(chargeOfOverheard),
  ])
  const entries = entriesOf(spans, left, new LateCharges(gathered))
  const balance = new Balance(entries)
  const judged = gathered.map((evidence) => ({ evidence, found: balance.find(evidence) }))
  const supposed = new Set(
    judged.flatMap(({ evidence, found }) =>
      !found && isPartlyConfirmed(evidence) ? evidence.charges : [],
    ),
  )
  const owners = ownersOf(groups)
  return {
    changes: entries.map((entry) =>
      changeOf(withoutSupposed(entry, supposed), owners, account.byId),
    ),
    verdicts: new Map(
      judged.map(({ evidence, found }) => {
        const verdict = judge(evidence, found)
        return [verdict.promptId, holdVerdict(verdict, before.get(verdict.promptId))]
      }),
    ),
  }
}

function entriesOf(spans: readonly Span[], left: Unplaced, late: LateCharges): readonly Entry[] {
  const since = spans[0]?.from.at ?? -Infinity
  const balance = new LaggingBalance(since)
  for (const span of spans) {
    const near = left.near(span)
    const first = explainSpan(span, near, since)
    const joined = first.rest === 0 ? null : balance.join(first, near)
    const entry = joined ?? late.explain(first, near, since)
    if (joined) late.hold(joined)
    else balance.add(entry, near)
    left.remove(entry.placed)
  }
  return balance.entries
}

const accountOf = memoize((events: readonly AccountEvent[]) => {
  const { all } = knownEvents(events)
  return {
    charges: all.flatMap((event) => chargeOfEvent(event, leftTheBillingAccount(event))),
    byId: new Map(all.map((event) => [event.id, event])),
  }
})

function leftTheBillingAccount(event: AccountEvent): number | null {
  if (isUsage(event)) return event.chargeUsdMicros
  if (moveOf(event) === undefined || event.amountUsdMicros === null) return null
  return -event.amountUsdMicros
}

/** Usage of no run that was seen here, of which only the balance can show what it cost. */
function unpricedOf(groups: readonly RunGroup[], single: readonly AccountEvent[]): AccountEvent[] {
  const unseen = groups.flatMap(({ run, events }) => (run ? [] : events))
  return [...single, ...unseen].filter((event) => !isPriced(event))
}

function ownersOf(groups: readonly RunGroup[]): Map<string, string> {
  return new Map(
    groups.flatMap(({ run, events }) => (run ? events.map(({ id }) => [id, run.promptId]) : [])),
  )
}
