import { Dexie, liveQuery } from 'dexie'
import type { Reading } from '../reconciliation/balance-reading.ts'
import { eventsOf, readingsOf } from './archive.ts'
import { timeOf, type StoredEvent } from './stored-event.ts'
import type { Tables } from './tables.ts'

type Failed = (error: unknown) => void

/**
 * Reports all balances of an account that were read up to `until`, oldest first, and again when an
 * import, a deletion or another tab has changed which these are. Returns what ends it.
 */
export function followReadings(
  tables: Tables,
  accountKey: string,
  until: number,
  listener: (readings: readonly Reading[]) => void,
  failed: Failed,
): () => void {
  const count = () =>
    tables.readings
      .where('[place+at]')
      .between([accountKey, Dexie.minKey], [accountKey, until], true, true)
      .count()
  const read = () => readingsOf(tables, accountKey)
  const report = (all: readonly Reading[]) => listener(all.filter(({ at }) => at <= until))
  return followPieces(count, read, report, failed)
}

/** The same of all stored events, newest first. */
export function followEvents(
  tables: Tables,
  accountKey: string,
  listener: (events: readonly StoredEvent[]) => void,
  failed: Failed,
): () => void {
  const count = () =>
    tables.events
      .where('[place+id]')
      .between([accountKey, Dexie.minKey], [accountKey, Dexie.maxKey])
      .count()
  const read = () => eventsOf(tables, accountKey)
  const report = (all: readonly StoredEvent[]) =>
    listener(all.toSorted((a, b) => timeOf(b) - timeOf(a)))
  return followPieces(count, read, report, failed)
}

/** Reads all pieces whenever their number has changed. */
function followPieces<T>(
  count: () => Promise<number>,
  read: () => AsyncIterable<readonly T[]>,
  listener: (all: readonly T[]) => void,
  failed: Failed,
): () => void {
  let turn = 0
  const readAll = async (): Promise<void> => {
    turn += 1
    const mine = turn
    const all: T[] = []
    for await (const piece of read()) {
      if (mine !== turn) return
      all.push(...piece)
    }
    if (mine === turn) listener(all)
  }
  const subscription = liveQuery(count).subscribe({
    next: () => {
      readAll().catch(failed)
    },
    error: failed,
  })
  return () => {
    turn += 1
    subscription.unsubscribe()
  }
}
