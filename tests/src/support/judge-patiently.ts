import { vi } from 'vitest'
import { JUDGED_WITHIN_MS } from '../../../src/guard/run-gate.ts'

/**
 * Until the test ends no run goes on because it was not judged in time: on a machine that has other
 * work too, it often is not. That a run goes on then is tested with the gate itself.
 */
export function judgePatiently(): void {
  const start = globalThis.setTimeout
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) =>
    start(run, ms === JUDGED_WITHIN_MS ? 60_000 : ms)) as typeof setTimeout)
}
