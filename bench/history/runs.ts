import type { JudgedRun } from '../../src/run-archive/port.ts'
import { manyRuns } from '../../tests/support/builders/many-runs.ts'

export const RUNS = 100_000
export const CALLS_EACH = 3

/** The same runs for every list that is measured, newest first. */
export function benchRuns(count: number, newestAt: number): Generator<JudgedRun> {
  return manyRuns(count, { callsEach: CALLS_EACH, newestAt })
}
