import { useEventListener } from '@vueuse/core'
import { shallowRef, watch, type ShallowRef } from 'vue'
import type { useBalanceStore } from '../balance/store.ts'
import type { useSessionStore } from '../session/store.ts'
import { isOfInterest, type Run } from '../runs/run.ts'
import type { useRunsStore } from '../runs/store.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { Batches } from './batches.ts'

/** The others are read from the database. */
const READINGS_OF_PAGE = 1000

export interface Stores {
  readonly live: ReturnType<typeof useRunsStore>
  readonly balance: ReturnType<typeof useBalanceStore>
  readonly session: ReturnType<typeof useSessionStore>
}

/**
 * The balances that this page has read of the current billing account; also where the browser keeps
 * none.
 */
export function useReadingsOfPage({ live, balance }: Stores): ShallowRef<readonly Reading[]> {
  const seen = shallowRef<readonly Reading[]>([])
  watch(
    () => [live.accountKey, balance.reading] as const,
    ([accountKey, reading], before) => {
      const known = before?.[0] === accountKey ? seen.value : []
      const isNew = reading?.accountKey === accountKey
      const { at, usdMicros } = reading ?? { at: 0, usdMicros: 0 }
      seen.value = isNew ? [...known, { at, usdMicros }].slice(-READINGS_OF_PAGE) : known
    },
    { flush: 'sync', immediate: true },
  )
  return seen
}

/** Every run and every balance of this page, each under the billing account that it is of. */
export function writePage({ live, balance, session }: Stores, batches: Batches): void {
  const written = new WeakSet<Run>()
  watch(
    () => [live.all, live.accountKey] as const,
    ([runs, now], before) => {
      const hasBegun = ({ promptId }: Run): boolean =>
        before?.[0].some((run) => run.promptId === promptId && isOfInterest(run)) === true
      for (const run of runs) {
        // Not known when it was queued: the first that is known after that, of the same login.
        const accountKey = run.purse ?? now
        if (accountKey === null || written.has(run) || !isOfInterest(run)) continue
        written.add(run)
        batches.addRun(accountKey, run)
        // Begin and end are written at once: a page that goes may not have the time any more.
        if (run.endedAt !== null || !hasBegun(run)) void batches.flush()
      }
    },
    { flush: 'sync', immediate: true },
  )
  watch(
    () => balance.reading,
    (reading) => {
      if (reading) batches.addReading(reading.accountKey, reading)
    },
    { flush: 'sync', immediate: true },
  )
  watch(
    () => session.account?.id,
    () => void batches.flush(),
    { flush: 'sync' },
  )
  useEventListener(window, 'pagehide', () => void batches.flush())
}
