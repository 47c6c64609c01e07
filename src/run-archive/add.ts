import type { Added, Entries } from './port.ts'
import { mergeOfFile } from './merge.ts'
import { putRuns } from './put.ts'
import { timeOf } from './stored-event.ts'
import type { Tables } from './tables.ts'

/** Adds what stands in a file. All of it or nothing: call it within a transaction. */
export async function addEntries(
  tables: Tables,
  accountKey: string,
  { runs: judged, readings, events }: Entries,
): Promise<Added> {
  await addReadings(tables, accountKey, readings)
  const runs = judged.map(({ run }) => run)
  const verdicts = judged.flatMap(({ verdict }) => verdict ?? [])
  const added = await putRuns(tables, { accountKey, runs, verdicts, readings }, mergeOfFile)
  return { runs: added, events: await addEvents(tables, accountKey, events) }
}

/** Where nothing is known of the balance at that moment. */
async function addReadings(
  { readings }: Tables,
  accountKey: string,
  written: Entries['readings'],
): Promise<void> {
  const known = await readings.bulkGet(written.map(({ at }) => [accountKey, at]))
  const missing = written.filter((_, index) => known[index] === undefined)
  await readings.bulkPut(missing.map((reading) => ({ place: accountKey, ...reading })))
}

/** Those that no stored run accounts for: else a charge would be listed, and summed, twice. */
async function addEvents(
  { runs, events }: Tables,
  accountKey: string,
  written: Entries['events'],
): Promise<number> {
  if (written.length === 0) return 0
  const ids = written.map(({ event_id: id }) => id)
  const explained = new Set<unknown>()
  await runs
    .where('verdict.evidence.eventIds')
    .anyOf(ids)
    .eachKey((id, { primaryKey: [account] }) => {
      if (account === accountKey) explained.add(id)
    })
  const known = await events.bulkGet(ids.map((id) => [accountKey, id]))
  const missing = new Map(
    written.flatMap((event, index) => {
      const isNew = known[index] === undefined && !explained.has(event.event_id)
      return isNew ? [[event.event_id, event] as const] : []
    }),
  )
  await events.bulkPut(
    [...missing].map(([id, event]) => ({ place: accountKey, id, at: timeOf(event), event })),
  )
  return missing.size
}
