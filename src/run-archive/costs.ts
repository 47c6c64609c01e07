import { Dexie, type Table } from 'dexie'
import * as z from 'zod/mini'
import { moneySchema, timeSchema } from '../storage/stored-values.ts'
import { callCosts } from './call-cost.ts'
import type { CallCost, CostKey, JudgedRun } from './port.ts'
import type { Tables } from './tables.ts'

/** So many of the newest are read of the same settings: prices change. */
const NEWEST = 20

const schema = z.object({
  place: z.string(),
  settings: z.string(),
  at: timeSchema,
  promptId: z.string(),
  nodeId: z.string(),
  usdMicros: z.nullable(moneySchema),
  ms: z.number().check(z.nonnegative()),
})

/** Replaces what was taken from the runs as they were stored before. */
export async function putCosts(
  { costs }: Tables,
  accountKey: string,
  before: Iterable<JudgedRun>,
  now: Iterable<JudgedRun>,
): Promise<void> {
  const stale = [...before].flatMap(callCosts)
  const next = [...now].flatMap(callCosts)
  if (stale.length > 0) await costs.bulkDelete(stale.map((cost) => keyOf(accountKey, cost)))
  if (next.length > 0) await costs.bulkPut(next.map((cost) => ({ place: accountKey, ...cost })))
}

function keyOf(accountKey: string, { settings, at, promptId, nodeId }: CallCost): CostKey {
  return [accountKey, settings, at, promptId, nodeId]
}

export async function deleteCosts(
  { costs }: Tables,
  runs: readonly (readonly [accountKey: string, promptId: string])[],
): Promise<void> {
  await costs
    .where('[place+promptId]')
    .anyOf(runs.map((key) => [...key]))
    .delete()
}

/** By settings, newest first; nothing for those that no stored run had. */
export async function costsOf(
  { costs }: Tables,
  accountKey: string,
  settings: readonly string[],
): Promise<ReadonlyMap<string, readonly CallCost[]>> {
  const found = await Promise.all(
    settings.map(async (name) => [name, await newestOf(costs, accountKey, name)] as const),
  )
  return new Map(found.filter(([, ofSettings]) => ofSettings.length > 0))
}

async function newestOf(
  costs: Table<unknown, CostKey>,
  accountKey: string,
  settings: string,
): Promise<CallCost[]> {
  const records = await costs
    .where(':id')
    .between([accountKey, settings, Dexie.minKey], [accountKey, settings, Dexie.maxKey])
    // oxlint-disable-next-line unicorn/no-array-reverse -- Dexie's: it is a collection and no array
    .reverse()
    .limit(NEWEST)
    .toArray()
  return records.flatMap((record) => readCost(record, accountKey) ?? [])
}

function readCost(record: unknown, accountKey: string): CallCost | null {
  const parsed = schema.safeParse(record)
  if (!parsed.success || parsed.data.place !== accountKey) return null
  const { place: _place, ...cost } = parsed.data
  return cost
}
