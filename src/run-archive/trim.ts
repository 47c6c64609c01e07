import type { Limits } from './retention.ts'
import type { SummaryKey } from './port.ts'
import type { Tables } from './tables.ts'

/** Others write and read between. */
const PIECE = 500

/** Deletes what is beyond the limits, oldest first, of all places. */
export async function trim(tables: Tables, limits: Limits): Promise<void> {
  while ((await trimRuns(tables, limits)) === PIECE);
  while ((await trimReadings(tables, limits)) === PIECE);
}

/** How many runs `trim` would delete. */
export async function surplusOf({ runs }: Tables, { since, ...limits }: Limits): Promise<number> {
  const tooMany = (await runs.count()) - limits.runs
  const tooOld = since > 0 ? await runs.where('startedAt').below(since).count() : 0
  return Math.max(0, tooMany, tooOld)
}

/** Counted and deleted in one transaction: two tabs that trim at once must not delete twice. */
async function trimRuns(tables: Tables, limits: Limits): Promise<number> {
  const { dexie, runs, summaries } = tables
  return dexie.transaction('rw', runs, summaries, async () => {
    const surplus = Math.min(PIECE, await surplusOf(tables, limits))
    if (surplus === 0) return 0
    const keys: SummaryKey[] = []
    await runs
      .orderBy('startedAt')
      .limit(surplus)
      .eachKey((startedAt, { primaryKey: [accountKey, promptId] }) => {
        keys.push([accountKey, Number(startedAt), promptId])
      })
    await summaries.bulkDelete(keys)
    await runs.bulkDelete(keys.map(([accountKey, , promptId]) => [accountKey, promptId]))
    return surplus
  })
}

async function trimReadings({ dexie, readings }: Tables, limits: Limits): Promise<number> {
  return dexie.transaction('rw', readings, async () => {
    const tooMany = (await readings.count()) - limits.readings
    const tooOld = limits.since > 0 ? await readings.where('at').below(limits.since).count() : 0
    const surplus = Math.min(PIECE, Math.max(0, tooMany, tooOld))
    if (surplus > 0) {
      await readings.bulkDelete(await readings.orderBy('at').limit(surplus).primaryKeys())
    }
    return surplus
  })
}
