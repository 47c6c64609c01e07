import type { Ref } from 'vue'
import { useBalanceStore } from '../../balance/store.ts'
import { useHistoryStore } from '../../history/store.ts'
import type { PaymentStatus } from './checkout-client.ts'
import type { Evidence, Progress } from './flow.ts'
import type { Report } from './use-purchases.ts'

interface StatusUpdatesOptions {
  readonly report: Report
  readonly cancelled: Set<string>
  readonly unclear: Ref<ReadonlySet<string>>
}

/** Applies the statuses to the purchases that were polled. */
export function useStatusUpdates({ report, cancelled, unclear }: StatusUpdatesOptions) {
  const balance = useBalanceStore()
  const history = useHistoryStore()

  return async (
    accountKey: string,
    about: readonly Progress[],
    statuses: ReadonlyMap<string, PaymentStatus>,
  ): Promise<void> => {
    const credited = new Map<string, Evidence>()
    const unclearNow = new Set<string>()
    for (const { purchase } of about) {
      const { attempt } = purchase
      const status = statuses.get(attempt) ?? { kind: 'open' }
      if (status.kind === 'credited') {
        credited.set(attempt, status.evidence)
        report(accountKey, attempt, { type: 'paid' })
      } else if (status.kind === 'unclear') unclearNow.add(attempt)
      else if (status.kind !== 'open') report(accountKey, attempt, { type: status.kind })
      else if (cancelled.has(attempt)) report(accountKey, attempt, { type: 'cancelled' })
      cancelled.delete(attempt)
    }
    unclear.value = unclearNow
    if (credited.size === 0) return
    // "Before → after" needs the new balance as well as the proof.
    const afterUsdMicros = await balance.refresh()
    if (afterUsdMicros === null) return
    for (const [attempt, evidence] of credited) {
      report(accountKey, attempt, { type: 'credited', evidence, afterUsdMicros })
    }
    void history.refresh()
  }
}
