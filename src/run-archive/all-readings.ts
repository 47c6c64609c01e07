import { Dexie, liveQuery } from 'dexie'
import { readingsOf } from './archive.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { Tables } from './tables.ts'

/**
 * Tells all balances of an account that were read up to `until`, oldest first, and again when an import,
 * a deletion or another tab has changed which these are. Returns what ends it.
 */
export function followReadings(
  tables: Tables,
  accountKey: string,
  until: number,
  listener: (readings: readonly Reading[]) => void,
  failed: (error: unknown) => void,
): () => void {
  let turn = 0
  const readAll = async (): Promise<void> => {
    turn += 1
    const mine = turn
    const all: Reading[] = []
    for await (const { readings } of readingsOf(tables, accountKey)) {
      if (mine !== turn) return
      for (const reading of readings) if (reading.at <= until) all.push(reading)
    }
    if (mine === turn) listener(all)
  }
  const count = liveQuery(() =>
    tables.readings
      .where('[place+at]')
      .between([accountKey, Dexie.minKey], [accountKey, until], true, true)
      .count(),
  )
  const subscription = count.subscribe({
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
