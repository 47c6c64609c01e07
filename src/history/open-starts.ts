import type { AccountEvent } from '../account-events/account-event.ts'
import { COMPLETED, STARTED } from '../account-events/kinds.ts'

/**
 * Calls that have begun and not ended. The oldest start of a kind uses up the newest end, if that is
 * not older, and so on; an end without a time ends whichever start is left. `events` newest first.
 */
export function openStarts(events: readonly AccountEvent[]): AccountEvent[] {
  const starts = events.filter(({ type }) => type === STARTED)
  if (starts.length === 0) return starts
  const ends = new Map<string, Ends>()
  for (const event of events) {
    if (event.type !== COMPLETED) continue
    const alike = ends.get(kindOfCall(event)) ?? { timed: [], untimed: 0 }
    if (event.at === null) alike.untimed += 1
    else alike.timed.push(event.at)
    ends.set(kindOfCall(event), alike)
  }
  for (const { timed } of ends.values()) timed.sort((a, b) => a - b)
  return starts.toReversed().filter((start) => {
    const alike = ends.get(kindOfCall(start))
    return !alike || !useUp(alike, start.at ?? -Infinity)
  })
}

/** What starts may still use up. */
interface Ends {
  /** Oldest first. */
  readonly timed: number[]
  untimed: number
}

function useUp(ends: Ends, from: number): boolean {
  const newest = ends.timed.at(-1)
  if (newest !== undefined && newest >= from) {
    ends.timed.pop()
    return true
  }
  if (ends.untimed === 0) return false
  ends.untimed -= 1
  return true
}

function kindOfCall({ jobId, api }: AccountEvent): string {
  return JSON.stringify([jobId, api])
}
