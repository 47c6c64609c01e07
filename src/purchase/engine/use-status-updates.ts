import type { Ref } from 'vue'
import { useBalanceStore } from '../../balance/store.ts'
import { useHistoryStore } from '../../history/store.ts'
import type { PaymentStatus } from './payment-status.ts'
import type { Evidence, PaymentEvent, Progress } from './flow.ts'
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
      const event = eventOf(status, cancelled.has(attempt))
      if (event) report(accountKey, attempt, event)
      if (status.kind === 'credited') credited.set(attempt, status.evidence)
      if (status.kind === 'unclear') unclearNow.add(attempt)
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

/** What a status means for its purchase; null when it changes nothing. */
function eventOf(status: PaymentStatus, wasCancelled: boolean): PaymentEvent | null {
  switch (status.kind) {
    case 'credited':
      // It is credited once the balance is known too.
      return { type: 'paid' }
    case 'unclear':
      return null
    case 'open':
      return wasCancelled ? { type: 'cancelled' } : null
    case 'authenticate': {
      const { kind: type, actionUrl, failed } = status
      return { type, actionUrl, failed }
    }
    default: {
      const { kind: type, recovery } = status
      return { type, recovery }
    }
  }
}
