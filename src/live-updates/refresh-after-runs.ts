import { useClockStore } from '../session/clock.ts'
import { onScopeDispose, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useHistoryStore } from '../history/store.ts'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { SETTLE_MS, type Run } from '../runs/run.ts'
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
  const explain = useDenials()
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
    // What is allowed may have changed.
    if (run.denial) explain(run)
    else if (run.reason !== null) void billing.refreshRights()
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

/** Asks the account, right after it has refused a run, for the reason. */
function useDenials(): (run: Run) => void {
  const billing = useBillingAccountStore()
  const runs = useRunsStore()
  let unexplained: Run[] = []

  async function ask(): Promise<void> {
    const asked = unexplained
    const payer = billing.accountKey
    const rights = await billing.refreshRights()
    // A later run was refused meanwhile: the answer to its question is for these too.
    if (asked !== unexplained) return
    unexplained = []
    const { runDenial = null, owners = [] } = rights ?? {}
    if (runDenial === null || billing.accountKey !== payer) return
    for (const { promptId, purse } of asked) {
      if (purse === payer) runs.explainDenial(promptId, { reason: runDenial, owners })
    }
  }

  return (run) => {
    unexplained = [...unexplained, run]
    void ask()
  }
}
