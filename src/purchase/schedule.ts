const QUICK_MS = 2000
const QUICK_FOR_MS = 2 * 60_000
const SLOW_FROM_MS = 5000
const SLOW_TO_MS = 60_000
const GIVE_UP_AFTER_MS = 60 * 60_000

/**
 * How long to wait before asking again about a purchase that has been pending for `pendingMs`:
 * every 2 s for two minutes, then from 5 s slowly up to a minute, for an hour. Null: give up.
 */
export function nextAskIn(pendingMs: number): number | null {
  if (pendingMs < QUICK_FOR_MS) return QUICK_MS
  if (pendingMs >= GIVE_UP_AFTER_MS) return null
  const slow = SLOW_FROM_MS + (pendingMs - QUICK_FOR_MS) / 10
  return Math.min(SLOW_TO_MS, slow)
}
