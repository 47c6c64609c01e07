import { vi } from 'vitest'

/**
 * A machine that has other work too is slow, not wrong: what a panel takes 50 ms for on a quiet one
 * has taken more than 5 s, and Vitest gives up after one. It has no setting for this.
 */
const PATIENCE_MS = 10_000
/** Most of what a test waits for is there in a few milliseconds, and Vitest looks after 50 only. */
const INTERVAL_MS = 10

const waitFor = vi.waitFor.bind(vi)
const waitUntil = vi.waitUntil.bind(vi)
vi.waitFor = (callback, options = patient()) => waitFor(callback, options)
vi.waitUntil = (callback, options = patient()) => waitUntil(callback, options)

/** Fake timers go on by an interval at each look: theirs stays Vitest's. */
function patient(): { readonly timeout: number; readonly interval?: number } {
  return vi.isFakeTimers()
    ? { timeout: PATIENCE_MS }
    : { timeout: PATIENCE_MS, interval: INTERVAL_MS }
}
