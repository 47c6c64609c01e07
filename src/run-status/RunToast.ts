import { useClockStore } from '../session/clock.ts'
import { defineComponent, onScopeDispose, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { explain } from '../reconciliation/explain.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import { isOfInterest, SETTLE_MS, type Run } from '../runs/run.ts'
import { useRunsStore } from '../runs/store.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import { useRunToasts } from './use-run-toasts.ts'

/** A balance that comes later than this is too late for a toast. */
const LATE_MS = 60_000
const READINGS = 100

/**
 * The host's toast says what a run that has ended cost: at once what is known then, and in its place
 * what the balance shows and the balance itself, once that was read with all of the run in it. Draws
 * nothing itself.
 */
export default defineComponent(() => {
  const runs = useRunsStore()
  const clock = useClockStore()
  const balance = useBalanceStore()
  const billing = useBillingAccountStore()
  const toasts = useRunToasts()
  let waiting: Run[] = []
  let readings: Reading[] = []

  onScopeDispose(
    runs.onFinished((run) => {
      if (!isOfInterest(run) || (run.endedAt ?? 0) + LATE_MS < clock.now()) return
      waiting.push(run)
      toasts.atOnce(waiting)
    }),
  )
  onScopeDispose(
    runs.onDenialExplained((run) => {
      if ((run.endedAt ?? 0) + LATE_MS < Date.now()) return
      waiting = waiting.map((other) => (other.promptId === run.promptId ? run : other))
      toasts.denied(waiting, run)
    }),
  )
  // Without the balance before a run nothing shows what it cost.
  watch(
    () => billing.account,
    (billingAccount) => {
      waiting = []
      readings = []
      if (billingAccount !== null) void balance.refreshIfStale()
    },
    { immediate: true },
  )
  watch(
    () => balance.reading,
    (reading) => {
      if (reading === null || reading.accountKey !== runs.place) return
      const { at, usdMicros } = reading
      readings = [...readings, { at, usdMicros }].slice(-READINGS)
      const settled = waiting.filter(({ endedAt }) => (endedAt ?? Infinity) + SETTLE_MS <= at)
      waiting = waiting.filter((run) => !settled.includes(run))
      const timely = settled.filter(({ endedAt }) => (endedAt ?? 0) + LATE_MS > at)
      if (timely.length === 0) return
      toasts.corrected(timely, judge(readings, runs.runs, runs.overheard), usdMicros)
    },
    { immediate: true },
  )
  return () => null
})

/** By what this page has seen of the balance: the account's own events need not be there yet. */
function judge(
  readings: readonly Reading[],
  runs: readonly Run[],
  overheard: ReturnType<typeof useRunsStore>['overheard'],
): ReadonlyMap<string, Verdict> {
  const nothing = { events: [], readAt: null, hasMore: false, before: new Map() }
  return explain({ ...nothing, readings, runs, overheard }).verdicts
}
