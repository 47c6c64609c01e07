import * as z from 'zod/mini'
import { storedName } from '../storage/stored-data.ts'
import { readJson, writeJson } from '../storage/stored-json.ts'

const DAY_MS = 24 * 3_600_000

/** How many runs this browser stores, the newest of them, and for how long. */
export interface Retention {
  readonly runs: number
  /** Null: forever. */
  readonly days: number | null
}

/** A run of several hundred bytes each: some tens of megabytes, which a browser gives a page. */
const usualRetention: Retention = { runs: 100_000, days: null }

const READINGS_PER_RUN = 2
const NAME = storedName('retention')
const positive = z.int().check(z.positive())
const schema = z.object({ runs: positive, days: z.nullable(positive) })

/** What a person has chosen; as usual where nobody has, or what is there is not ours. */
export function readRetention(storage: Storage): Retention {
  const parsed = schema.safeParse(readJson(storage, NAME))
  return parsed.success ? parsed.data : usualRetention
}

/** False where the browser does not let us. */
export function storeRetention(storage: Storage, retention: Retention): boolean {
  return writeJson(storage, NAME, retention)
}

/** The same as what the database counts by. */
export interface RetentionLimits {
  readonly runs: number
  readonly readings: number
  /** Imported events of the account. */
  readonly events: number
  /** What is older goes, epoch milliseconds. */
  readonly since: number
}

/** Without a time nothing is too old. */
export function limitsOf({ runs, days }: Retention, now: number | null): RetentionLimits {
  const since = days === null || now === null ? -Infinity : now - days * DAY_MS
  return { runs, readings: runs * READINGS_PER_RUN, events: runs, since }
}
