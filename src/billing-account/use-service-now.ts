import { checkedClockSkewMs } from '../api/clock.ts'
import { useClockStore } from '../session/clock.ts'
import { useBillingAccountStore } from './store.ts'

/**
 * The time by the clock of the service that is asked, epoch milliseconds: by the dates of its
 * answers, else by the token that the host gives out. Null while neither says it.
 */
export function useServiceNow(): () => number | null {
  const billing = useBillingAccountStore()
  const clock = useClockStore()
  return () => {
    const reading = billing.serverTimes().at(-1)
    if (reading) return clock.now() + (reading.low + reading.high) / 2
    const skew = checkedClockSkewMs()
    return skew === null ? null : clock.now() - skew
  }
}
