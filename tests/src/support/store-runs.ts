import { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import { manyRuns } from '../../support/builders/many-runs.ts'

/** In this browser, for an account: so many runs so far apart, the newest of an hour ago. */
export async function storeRuns(accountKey: string, count: number, apartMs: number): Promise<void> {
  const runArchive = new DatabaseRunArchive()
  const newestAt = Date.now() - 3_600_000
  const runs = [...manyRuns(count)].map(({ run }, index) => ({
    ...run,
    startedAt: newestAt - index * apartMs,
    // The stored name of the account that pays.
    purse: accountKey,
  }))
  await runArchive.write([{ accountKey, runs, readings: [] }])
  runArchive.close()
}
