import { vi } from 'vitest'

/**
 * A machine that has other work too is slow, not wrong: what a panel takes 50 ms for on a quiet one
 * has taken 1.5 s, and Vitest gives up after one. It has no setting for this.
 */
const PATIENCE_MS = 5000

const waitFor = vi.waitFor.bind(vi)
vi.waitFor = (callback, options = PATIENCE_MS) => waitFor(callback, options)
