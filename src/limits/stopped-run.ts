import { MAX_USD_MICROS } from '@comfyui-credits/contract/money'
import * as z from 'zod/mini'
import { storedName } from '../storage/stored-data.ts'
import { readJsonList, writeJson } from '../storage/stored-json.ts'
import { timeSchema } from '../storage/stored-values.ts'
import { limitSchema, type Limit } from './limit.ts'

/** A press of Run that a limit has stopped, or that went on once more. */
export interface StoppedRun {
  /** Epoch milliseconds. */
  readonly at: number
  /** As it was then. */
  readonly limit: Limit
  /** All runs of the press together. */
  readonly costUsdMicros: { readonly min: number; readonly max: number }
  readonly workflow: string | null
  readonly outcome: 'stopped' | 'once-more'
  /** Why it went on, in the person's words; null for one that was stopped. */
  readonly reason: string | null
}

/** Of more nobody reads the list. */
const MAX_STOPPED = 100
export const MAX_REASON = 500
const MAX_WORKFLOW = 1000

const PREFIX = storedName('limit-stops')
const amount = z.int().check(z.gte(0), z.lte(MAX_USD_MICROS))
const schema = z.object({
  at: timeSchema,
  limit: limitSchema,
  costUsdMicros: z.object({ min: amount, max: amount }),
  workflow: z.nullable(z.string().check(z.maxLength(MAX_WORKFLOW))),
  outcome: z.enum(['stopped', 'once-more']),
  reason: z.nullable(z.string().check(z.maxLength(MAX_REASON))),
})

/** Newest first; without what is not ours. */
export function readStopped(storage: Storage, accountKey: string): readonly StoppedRun[] {
  return readJsonList(storage, PREFIX + accountKey).flatMap((each) => {
    const parsed = schema.safeParse(each)
    return parsed.success ? [parsed.data] : []
  })
}

/** False where the browser does not let us. What newer versions have added to earlier ones stays. */
export function addStopped(storage: Storage, accountKey: string, stopped: StoppedRun): boolean {
  const bounded = {
    ...stopped,
    workflow: stopped.workflow?.slice(0, MAX_WORKFLOW) ?? null,
    reason: stopped.reason?.slice(0, MAX_REASON) ?? null,
  }
  const name = PREFIX + accountKey
  return writeJson(storage, name, [bounded, ...readJsonList(storage, name)].slice(0, MAX_STOPPED))
}

export function isStoppedName(name: string | null): boolean {
  return name === null || name.startsWith(PREFIX)
}
