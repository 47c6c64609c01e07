const QUICK_MS = 2000
const NOTIFIED_MS = 5000
const QUICK_FOR_MS = 2 * 60_000
const SLOW_FROM_MS = 5000
const SLOW_TO_MS = 60_000
const GIVE_UP_AFTER_MS = 60 * 60_000

/** All in milliseconds. */
export interface Waiting {
  /** Since the newest of the purchases that are waited for was begun. */
  readonly pendingMs: number
  /** Since the person was last seen to come back to this page. */
  readonly returnedMs: number
  /** Whether anybody can see the page. */
  readonly visible: boolean
  /** Whether the service pushes changes. */
  readonly notified: boolean
}

/**
 * How long to wait before asking again: every 2 s for two minutes after the person's return while
 * they look, else from 5 s slowly up to a minute, for an hour. Null: give up. A service that
 * pushes changes is asked less often, but still asked: an expired page, a declined card and a
 * connection that died silently are not pushed.
 */
export function nextPollIn({ pendingMs, returnedMs, visible, notified }: Waiting): number | null {
  if (visible && returnedMs < QUICK_FOR_MS) return notified ? NOTIFIED_MS : QUICK_MS
  if (pendingMs >= GIVE_UP_AFTER_MS) return null
  const slow = SLOW_FROM_MS + Math.max(0, pendingMs - QUICK_FOR_MS) / 10
  return Math.min(SLOW_TO_MS, slow)
}
