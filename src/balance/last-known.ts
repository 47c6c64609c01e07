import * as z from 'zod/mini'
import { storedName } from '../storage/stored-data.ts'
import { readJson, writeJson } from '../storage/stored-json.ts'
import { moneySchema, timeSchema } from '../storage/stored-values.ts'

/** The last figure this browser saw, so that the panel has something true to show at once. */
export interface LastKnown {
  readonly usdMicros: number
  /** Epoch milliseconds. */
  readonly at: number
}

const schema = z.object({ usdMicros: moneySchema, at: timeSchema })
const PREFIX = storedName('balance')

/** Null when nothing is stored under the billing account store's key, or nothing of ours. */
export function readLastKnown(storage: Storage, accountKey: string): LastKnown | null {
  const parsed = schema.safeParse(readJson(storage, PREFIX + accountKey))
  return parsed.success ? parsed.data : null
}

/** A full or forbidden storage costs the figure at the next start, and nothing now. */
export function writeLastKnown(storage: Storage, accountKey: string, known: LastKnown): void {
  writeJson(storage, PREFIX + accountKey, known)
}
