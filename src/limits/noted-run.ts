import { MAX_USD_MICROS } from '@comfyui-credits/contract/money'
import * as z from 'zod/mini'
import { partsSchema, type ExpectedPart } from '../reservations/expected.ts'
import { storedName } from '../storage/stored-data.ts'
import { readJsonList, writeJson } from '../storage/stored-json.ts'
import { timeSchema } from '../storage/stored-values.ts'

/**
 * What was known of a run when the server took it. Where nobody ever says what it cost, or which
 * models it used, limits go by this.
 */
export interface NotedRun {
  /** Its prompt_id. */
  readonly id: string
  /** By this page's clock. */
  readonly at: number
  /** How far the service's clock was ahead of it, milliseconds. */
  readonly skewMs: number
  readonly usdMicros: number
  readonly parts: readonly ExpectedPart[]
}

/** No period is longer. */
const FORGOTTEN_MS = 32 * 24 * 60 * 60 * 1000
/** So that it is read and written in a moment. */
const MAX_NOTED = 1000
const MAX_ID = 300

const PREFIX = storedName('limit-runs')
const schema = z.object({
  id: z.string().check(z.maxLength(MAX_ID)),
  at: timeSchema,
  skewMs: timeSchema,
  usdMicros: z.int().check(z.gte(0), z.lte(MAX_USD_MICROS)),
  parts: partsSchema,
})

export function readNoted(storage: Storage, accountKey: string): ReadonlyMap<string, NotedRun> {
  return new Map(
    readJsonList(storage, PREFIX + accountKey).flatMap((each) => {
      const parsed = schema.safeParse(each)
      return parsed.success ? [[parsed.data.id, parsed.data] as const] : []
    }),
  )
}

/** In place of what was noted of the same run; a full storage costs nothing but this. */
export function noteRun(storage: Storage, accountKey: string, run: NotedRun): void {
  const others = [...readNoted(storage, accountKey).values()].filter(
    ({ id, at }) => id !== run.id && run.at - at < FORGOTTEN_MS,
  )
  writeJson(storage, PREFIX + accountKey, [...others, run].slice(-MAX_NOTED))
}

export function isNotedName(name: string | null): boolean {
  return name === null || name.startsWith(PREFIX)
}
