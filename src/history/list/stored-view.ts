import * as z from 'zod/mini'
import { storedName } from '../../storage/stored-data.ts'
import { readJson, writeJson } from '../../storage/stored-json.ts'
import { rowKinds, rowStatuses } from '../row.ts'
import { noFilter, roughCertainties, timePresets, type Filter } from './filter.ts'
import { groupings, type Grouping } from './group.ts'
import { newestFirst, sortKeys, type Sort } from './sort.ts'

/** How the history is looked at. */
export interface View {
  readonly filter: Filter
  readonly sort: Sort
  readonly group: Grouping | null
}

export const plainView: View = { filter: noFilter, sort: newestFirst, group: null }

const PREFIX = storedName('history-view')

const names = z.array(z.string())
const newer = z.pipe(
  z.optional(names),
  z.transform((stored) => stored ?? []),
)
const time = z.nullable(z.number())
const schema = z.object({
  filter: z.object({
    time: z.nullable(z.union([z.enum(timePresets), z.object({ from: time, to: time })])),
    kinds: z.array(z.enum(rowKinds)),
    outcomes: z.array(z.enum(rowStatuses)),
    workflows: names,
    nodes: names,
    models: names,
    // Views that were stored before these existed have none of them.
    members: newer,
    apiKeys: newer,
    certainties: z.array(z.enum(roughCertainties)),
    text: z.string(),
  }),
  sort: z.object({ by: z.enum(sortKeys), descending: z.boolean() }),
  group: z.nullable(z.enum(groupings)),
})

/** By account: what somebody looked for is nobody else's business. */
export function readView(storage: Storage, accountKey: string): View {
  const parsed = schema.safeParse(readJson(storage, PREFIX + accountKey))
  return parsed.success ? { ...parsed.data, sort: newestFirst } : plainView
}

/**
 * The order is of this page only: who comes back looks for what is new. A full or forbidden storage
 * costs the view at the next start, and nothing now.
 */
export function writeView(storage: Storage, accountKey: string, view: View): void {
  writeJson(storage, PREFIX + accountKey, { ...view, sort: newestFirst })
}
