import * as z from 'zod/mini'
import { storedName } from '../storage/stored-data.ts'
import { moneySchema, timeSchema } from '../storage/stored-values.ts'

/** The last figure this browser saw, so that the panel has something true to show at once. */
export interface LastKnown {
  readonly usdMicros: number
  /** Epoch milliseconds. */
  readonly at: number
}

const schema = z.object({ usdMicros: moneySchema, at: timeSchema })
const PREFIX = storedName('balance')

/**
 * `place` is the account key of the billing account store. Null when nothing is stored, or nothing
 * of ours.
 */
export function readLastKnown(storage: Storage, place: string): LastKnown | null {
  const text = storage.getItem(PREFIX + place)
  if (text === null) return null
  const parsed = schema.safeParse(parseJson(text))
  return parsed.success ? parsed.data : null
}

/** A full or forbidden storage costs the figure at the next start, and nothing now. */
export function writeLastKnown(storage: Storage, place: string, known: LastKnown): void {
  try {
    storage.setItem(PREFIX + place, JSON.stringify(known))
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
