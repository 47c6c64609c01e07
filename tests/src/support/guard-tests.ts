import { beforeAll, beforeEach, vi } from 'vitest'
import { JUDGED_WITHIN_MS } from '../../../src/guard/run-gate.ts'
import { InThreadWorker } from './in-thread-worker.ts'

/** For tests of what asks before a run: it is loaded, nothing is stored, and each run is judged. */
export function guardTests(): void {
  beforeAll(() => import('../../../src/guard/RunGuard.vue'))
  beforeAll(() => import('../../../src/guard/RunQuestion.vue'))
  beforeAll(() => import('../../../locales/en/guard.json'))
  beforeEach(() => {
    judgePatiently()
    localStorage.clear()
    vi.stubGlobal('Worker', InThreadWorker)
  })
}

/**
 * Until the test ends no run goes on because it was not judged in time: on a machine that has other
 * work too, it often is not. That a run goes on then is tested with the gate itself.
 */
function judgePatiently(): void {
  const start = globalThis.setTimeout
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) =>
    start(run, ms === JUDGED_WITHIN_MS ? 60_000 : ms)) as typeof setTimeout)
}
