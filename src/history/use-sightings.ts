import { watch } from 'vue'
import type { Sighting } from '../reconciliation/server-clock.ts'
import type { EventsPage } from './event-feed.ts'

/** An answer takes its time, and says how things were when it was made. */
const ANSWER_MS = 10_000

/** An account whose panel stays open for weeks has many. */
const MAX_SIGHTINGS = 500

/**
 * When events of the account appeared, in the browser's time: after the last answer without them,
 * and by the first with them. `of` names whose events they are.
 */
export function useSightings(
  newest: () => EventsPage | null,
  of: () => string,
): ReadonlyMap<string, Sighting> {
  const sightings = new Map<string, Sighting>()
  let before: { of: string; ids: ReadonlySet<string>; readAt: number } | null = null
  watch(
    newest,
    (page) => {
      if (page === null) return
      const ids = page.events.map(({ event_id }) => event_id)
      if (before?.of === of()) {
        const { ids: known, readAt } = before
        for (const id of newIds(ids, known)) {
          sightings.set(id, { after: readAt - ANSWER_MS, by: page.readAt })
        }
        for (const id of [...sightings.keys()].slice(0, -MAX_SIGHTINGS)) sightings.delete(id)
      } else sightings.clear()
      before = { of: of(), ids: new Set(ids), readAt: page.readAt }
    },
    { immediate: true, flush: 'sync' },
  )
  return sightings
}

/** Those above the first that was there before; none where there is no such: it may be pages away. */
function newIds(ids: readonly string[], known: ReadonlySet<string>): readonly string[] {
  return known.size === 0
    ? ids
    : ids.slice(
        0,
        Math.max(
          0,
          ids.findIndex((id) => known.has(id)),
        ),
      )
}
