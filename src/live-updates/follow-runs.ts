import { checkLostRuns } from './check-lost-runs.ts'
import { refreshAfterRuns } from './refresh-after-runs.ts'

/** What the account and the server are asked because of runs. */
export function followRuns(): void {
  refreshAfterRuns()
  checkLostRuns()
}
