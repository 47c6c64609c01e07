import type { AccountEvent } from '../account-events/account-event.ts'
import { COMPLETED, STARTED } from '../account-events/kinds.ts'
import { EVENT_SLACK_MS } from '../reconciliation/match-events.ts'
import type { Run } from '../runs/run.ts'

/** No call of a partner takes as long: its end was not written, as when it was cancelled. */
const MAX_CALL_MS = 60 * 60_000

/**
 * Calls that have begun and not ended, newest first. A start is over by the first free end after it
 * (an end without a time ends any start), with the run it belongs to, or when it is too old. Starts
 * of a run that goes on are in that run's row.
 */
export function openStarts(
  events: readonly AccountEvent[],
  runs: readonly Run[],
  now: number,
): AccountEvent[] {
  const starts = events
    .filter(({ type }) => type === STARTED)
    .toSorted((a, b) => (b.at ?? -Infinity) - (a.at ?? -Infinity))
  if (starts.length === 0) return starts
  const ends = endsByCall(events)
  return starts.filter((start) => {
    const alike = ends.get(callOf(start))
    if (alike && useUp(alike, start.at ?? -Infinity)) return false
    return isRecent(start, now) && !runs.some((run) => isPartOf(start, run))
  })
}

/** What starts may still use up. */
interface Ends {
  /** Oldest first. */
  readonly timed: number[]
  untimed: number
}

function endsByCall(events: readonly AccountEvent[]): Map<string, Ends> {
  const ends = new Map<string, Ends>()
  for (const event of events) {
    if (event.type !== COMPLETED) continue
    const alike = ends.get(callOf(event)) ?? { timed: [], untimed: 0 }
    if (event.at === null) alike.untimed += 1
    else alike.timed.push(event.at)
    ends.set(callOf(event), alike)
  }
  for (const { timed } of ends.values()) timed.sort((a, b) => a - b)
  return ends
}

/** Asked for the newest start first, so that the first end after it is its own. */
function useUp(ends: Ends, from: number): boolean {
  const first = ends.timed.findIndex((at) => at >= from)
  if (first !== -1) {
    ends.timed.splice(first, 1)
    return true
  }
  if (ends.untimed === 0) return false
  ends.untimed -= 1
  return true
}

function callOf({ jobId, api }: AccountEvent): string {
  return JSON.stringify([jobId, api])
}

function isRecent({ at }: AccountEvent, now: number): boolean {
  return at === null || now - at < MAX_CALL_MS
}

function isPartOf({ jobId, at }: AccountEvent, run: Run): boolean {
  if (jobId !== null) return jobId === run.promptId
  if (at === null || run.calls.length === 0) return false
  return at >= run.startedAt - EVENT_SLACK_MS && at <= (run.endedAt ?? Infinity) + EVENT_SLACK_MS
}
