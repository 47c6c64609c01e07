import type { Table } from 'dexie'
import { deleteCosts } from './costs.ts'
import type { RetentionLimits } from './retention.ts'
import type { RunKey, SummaryKey } from './port.ts'
import type { Tables } from './tables.ts'

/** Others write and read between. */
const PIECE = 500

/** Deletes what is beyond the limits, oldest first, of all accounts. */
export async function trim(tables: Tables, limits: RetentionLimits): Promise<void> {
  const { readings, events } = tables
  while ((await trimRuns(tables, limits)) === PIECE);
  while ((await trimByTime(readings, limits.readings, limits.since)) === PIECE);
  while ((await trimByTime(events, limits.events, limits.since)) === PIECE);
}

/** How many runs `trim` would delete. */
export async function surplusOf(
  { runs }: Tables,
  { since, ...limits }: RetentionLimits,
): Promise<number> {
  const tooMany = (await runs.count()) - limits.runs
  const tooOld = since > 0 ? await runs.where('startedAt').below(since).count() : 0
  return Math.max(0, tooMany, tooOld)
}

/** Counted and deleted in one transaction: two tabs that trim at once must not delete twice. */
async function trimRuns(tables: Tables, limits: RetentionLimits): Promise<number> {
  const { dexie, runs, summaries, costs } = tables
  return dexie.transaction('rw', runs, summaries, costs, async () => {
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
    const runKeys = keys.map(([accountKey, , promptId]): RunKey => [accountKey, promptId])
    await deleteCosts(tables, runKeys)
    await runs.bulkDelete(runKeys)
    // A record without a time is counted and not found: asked again, it would never end.
    return keys.length
  })
}

/** By their `at`. */
async function trimByTime<K>(
  table: Table<unknown, K>,
  most: number,
  since: number,
): Promise<number> {
  return table.db.transaction('rw', table, async () => {
    const tooMany = (await table.count()) - most
    const tooOld = since > 0 ? await table.where('at').below(since).count() : 0
    const surplus = Math.min(PIECE, Math.max(0, tooMany, tooOld))
    if (surplus === 0) return 0
    const keys = await table.orderBy('at').limit(surplus).primaryKeys()
    await table.bulkDelete(keys)
    return keys.length
  })
}
