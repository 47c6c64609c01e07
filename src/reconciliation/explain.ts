import type { AccountEvent } from '../account-events/account-event.ts'
import { oldestTime } from '../account-events/kinds.ts'
import type { Reading } from './balance-reading.ts'
import { sum } from './charges.ts'
import type { Overheard } from '../runs/recorder.ts'
import { LAGS_MS } from './lagging-balance.ts'
import { reconcile, spansOf, type Change } from './reconcile.ts'
import { SEEN_LATE_MS, SETTLE_MS, type Run } from '../runs/run.ts'
import { isShown, type Verdict } from './verdict.ts'

/** What is explained at once; a page that is never left has more. */
const MAX_READINGS = 1000

export interface Evidence {
  readonly readings: readonly Reading[]
  readonly runs: readonly Run[]
  readonly events: readonly AccountEvent[]
  /** When the newest events were read, epoch milliseconds; null before that. */
  readonly readAt: number | null
  /** Whether the account has older events than these. */
  readonly hasMore: boolean
  readonly overheard: readonly Overheard[]
  /** What was said of the same runs earlier. */
  readonly before: ReadonlyMap<string, Verdict>
}

export interface Explanation {
  /** Of runs that have ended, of earlier ones as it was said `before`. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Those of them that are not only what the run says itself, and were not said before. */
  readonly news: readonly Verdict[]
  /** What usage of no run that was seen here cost, in micro-USD by event, as the changes show it. */
  readonly usageCosts: ReadonlyMap<string, number>
  /** Every change of the balance between two readings that say something, oldest first. */
  readonly changes: readonly Change[]
  /** Those of which the account's events and the runs of this browser leave a part open. */
  readonly open: readonly Change[]
  /** Up to when the account must be asked, as such a change may be in its events by now; or null. */
  readonly askUpTo: number | null
}

/**
 * What each run cost, and what moved the balance besides, as far as this browser and the account
 * know. Nothing is judged from before the time that the loaded events reach back to.
 */
export function explain(evidence: Evidence): Explanation {
  const { events, overheard, before, readAt } = evidence
  const since = beginOf(evidence)
  const runs = evidence.runs.filter(({ startedAt }) => startedAt > since)
  const readings = evidence.readings.filter(({ at }) => at >= since).slice(-MAX_READINGS)
  const spans = spansOf(quiet(readings, runs))
  const { changes, verdicts } = reconcile({ spans, events, runs, overheard }, before)
  const ended = runs.flatMap(({ promptId, endedAt }) =>
    endedAt === null ? [] : (verdicts.get(promptId) ?? []),
  )
  const open = changes.filter((change) => isOpen(change) && !mayFollow(change, readAt))
  const isAsked = ({ span }: Change): boolean => isCovered(span.to.at, readAt)
  return {
    verdicts: new Map([...before, ...ended.map((one) => [one.promptId, one] as const)]),
    news: ended.filter((one) => isShown(one) && !isSame(one, before.get(one.promptId))),
    usageCosts: usageCostsOf(changes),
    changes,
    open: open.filter(isAsked),
    askUpTo: open.findLast((change) => !isAsked(change))?.span.to.at ?? null,
  }
}

/**
 * The readings that say something: from a moment before a call was seen to begin until its charge has
 * settled, a balance shows perhaps half of it, and one that has not moved proves nothing. Without an
 * older one, the reading of that moment is the best there is.
 */
function quiet(readings: readonly Reading[], runs: readonly Run[]): Reading[] {
  const noise = runs.flatMap(({ calls, endedAt }) =>
    calls.map((call) => ({
      from: call.startedAt,
      to: (endedAt ?? Infinity) + SETTLE_MS,
    })),
  )
  return readings.filter(({ at }, index) => {
    const slack = index === 0 ? 0 : SEEN_LATE_MS
    return !noise.some(({ from, to }) => at >= from - slack && at < to)
  })
}

function isSame(now: Verdict, before: Verdict | undefined): boolean {
  return (
    before?.usdMicros === now.usdMicros &&
    before.certainty === now.certainty &&
    before.word === now.word &&
    before.evidence.match === now.evidence.match &&
    JSON.stringify(before.who) === JSON.stringify(now.who) &&
    before.revised?.usdMicros === now.revised?.usdMicros
  )
}

function beginOf({ events, hasMore }: Evidence): number {
  return (hasMore ? oldestTime(events) : null) ?? -Infinity
}

function isOpen({ unexplainedUsdMicros, parts }: Change): boolean {
  return (
    unexplainedUsdMicros !== 0 || parts.some(({ kind }) => kind === 'runs' || kind === 'overheard')
  )
}

/** More is known to have moved it than it shows, as where a balance follows its events late. */
function mayFollow({ span, parts, unexplainedUsdMicros }: Change, readAt: number | null): boolean {
  const known = sum(parts.map(({ usdMicros }) => usdMicros))
  const isShort = known * unexplainedUsdMicros < 0
  return isShort && readAt !== null && readAt < span.to.at + LAGS_MS
}

function usageCostsOf(changes: readonly Change[]): Map<string, number> {
  return new Map(
    changes.flatMap(({ parts }) =>
      parts.flatMap((part) =>
        part.kind === 'elsewhere' ? [[part.eventId, -part.usdMicros] as const] : [],
      ),
    ),
  )
}

/** Nothing is called unexplained before the account was asked about the whole of its time. */
function isCovered(at: number, readAt: number | null): boolean {
  return readAt !== null && readAt >= at
}
