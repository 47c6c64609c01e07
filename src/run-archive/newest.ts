import { Dexie } from 'dexie'
import type { StoredRuns } from './port.ts'
import { readJudged, readReading } from './schema.ts'
import type { Tables } from './tables.ts'

/** The `limit` newest runs of an account, and the balances from the oldest of them on. */
export async function newestOf(
  { dexie, runs, readings }: Tables,
  accountKey: string,
  limit: number,
): Promise<StoredRuns> {
  return dexie.transaction('r', runs, readings, async (): Promise<StoredRuns> => {
    const [first, last] = [
      [accountKey, Dexie.minKey],
      [accountKey, Dexie.maxKey],
    ]
    const beyond = await runs
      .where('[place+startedAt]')
      .between(first, last)
      // oxlint-disable-next-line unicorn/no-array-reverse -- Dexie's: it is a collection and no array
      .reverse()
      .offset(limit)
      .limit(1)
      .keys()
    // The readings' key is made like this index: an account and a time.
    const since = beyond[0] ?? first
    const [newest, balances] = await Promise.all([
      // Backwards a database is read record by record; forwards it gives them all at once.
      runs.where('[place+startedAt]').between(since, last).toArray(),
      readings.where('[place+at]').between(since, last).toArray(),
    ])
    const judged = newest
      .toReversed()
      .slice(0, limit)
      .flatMap((record) => readJudged(record, accountKey) ?? [])
    const more = newest.length > limit
    const oldest = more ? judged.at(-1)?.run : undefined
    return {
      runs: judged.map(({ run }) => run),
      verdicts: new Map(
        judged.flatMap(({ run, verdict }) => (verdict ? [[run.promptId, verdict] as const] : [])),
      ),
      readings: balances
        .flatMap((record) => readReading(record, accountKey) ?? [])
        .filter(({ at }) => at >= (oldest?.startedAt ?? -Infinity)),
      more,
    }
  })
}
