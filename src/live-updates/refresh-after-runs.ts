import { useClockStore } from '../session/clock.ts'
import { onScopeDispose, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useHistoryStore } from '../history/store.ts'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { SETTLE_MS } from '../runs/run.ts'
import { useRunsStore } from '../runs/store.ts'

/** By then everything a run cost is in the balance, so the balance confirms that cost. */
const SETTLED_MS = SETTLE_MS + 500

/** Refreshes balance and history when a run has finished, and once more when its cost has settled. */
export function refreshAfterRuns(): void {
  const balance = useBalanceStore()
  const billing = useBillingAccountStore()
  const history = useHistoryStore()
  const runs = useRunsStore()
  const clock = useClockStore()
  const archive = useRunArchiveStore()
  let late: ReturnType<typeof setTimeout> | undefined
  const refresh = (): void => {
    void balance.refresh()
    void history.refresh()
  }
  function refreshOnceSettled(endedAt: number): void {
    const left = endedAt + SETTLED_MS - clock.now()
    if (left <= 0) return
    clearTimeout(late)
    late = setTimeout(refresh, left)
  }
  const off = runs.onFinished((run) => {
    // It may have been refused; why is the account's to say.
    if (run.reason !== null) billing.refreshRights()
    if (run.calls.length === 0 || run.endedAt === null) return
    refresh()
    refreshOnceSettled(run.endedAt)
  })
  // The run of another tab, or of this page before a reload: nothing else refreshes for it here.
  watch(
    () => archive.runs[0]?.endedAt,
    (endedAt) => {
      if (endedAt) refreshOnceSettled(endedAt)
    },
  )
  onScopeDispose(() => {
    off()
    clearTimeout(late)
  })
}
