import * as z from 'zod/mini'
import { storedName } from '../storage/stored-data.ts'
import { writeJson } from '../storage/stored-json.ts'
import { moneySchema, timeSchema } from '../storage/stored-values.ts'
import { orElse } from '../run-archive/readable.ts'
import { expectedSchema } from './expected.ts'
import type { Reservation } from './reservation.ts'

/**
 * What each tab has reserved, where the others read it before a run: at once, and without asking
 * anyone. A tab writes under a name of its own, so that none overwrites another's.
 */
export const RESERVED_PREFIX = storedName('reserved')
const TAB = /^[\da-f]{32}$/

/** A tab that was closed says nothing any more of what it was about to send. */
const PENDING_MS = 60_000
/** No run goes on for so long; of one that waits, an idle server says that it is over. */
const FORGOTTEN_MS = 24 * 60 * 60 * 1000
/** More than anybody queues. */
const MAX_RUNS = 1000

const reservationSchema = z.object({
  id: z.string().check(z.maxLength(200)),
  minUsdMicros: moneySchema,
  maxUsdMicros: moneySchema,
  spent: z.array(z.object({ usdMicros: moneySchema, at: timeSchema })),
  takenAt: z.nullable(timeSchema),
  endedAt: z.nullable(timeSchema),
  expected: orElse(z.optional(expectedSchema), undefined),
})
const recordSchema = z.object({
  at: timeSchema,
  runs: z.array(reservationSchema).check(z.maxLength(MAX_RUNS)),
})

interface Tab {
  readonly accountKey: string
  /** 32 hexadecimal digits. */
  readonly tab: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** A full or forbidden storage costs the other tabs their knowledge, and nothing else. */
export function shareReservations(
  storage: Storage,
  { accountKey, tab, now }: Tab,
  runs: readonly Reservation[],
): void {
  const name = `${RESERVED_PREFIX}${accountKey}:${tab}`
  if (runs.length === 0) {
    storage.removeItem(name)
    return
  }
  writeJson(storage, name, { at: now, runs: runs.slice(-MAX_RUNS) })
}

/** Of every other tab; deletes what tabs left long ago. */
export function othersReservations(
  storage: Storage,
  { accountKey, tab, now }: Tab,
): Reservation[][] {
  const prefix = `${RESERVED_PREFIX}${accountKey}:`
  const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  return names.flatMap((name) => {
    const other = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    if (!TAB.test(other) || other === tab) return []
    const record = readRecord(storage.getItem(name))
    if (record === null || now - record.at > FORGOTTEN_MS) {
      storage.removeItem(name)
      return []
    }
    return [record.runs.filter(({ takenAt }) => takenAt !== null || now - record.at < PENDING_MS)]
  })
}

function readRecord(text: string | null): z.infer<typeof recordSchema> | null {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text ?? 'null'))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
