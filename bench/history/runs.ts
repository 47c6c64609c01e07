import type { JudgedRun } from '../../src/usage/ledger/port.ts'
import { manyRuns } from '../../tests/src/support/many-runs.ts'

export const RUNS = 100_000
export const CALLS_EACH = 3

/** The same runs for every list that is measured, newest first. */
export function benchRuns(count: number, newestAt: number): Generator<JudgedRun> {
  return manyRuns(count, { callsEach: CALLS_EACH, newestAt })
}
