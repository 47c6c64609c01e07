import { useServiceNow } from '../billing-account/use-service-now.ts'
import { useClockStore } from '../session/clock.ts'

/**
 * The time from which the age of a stored run counts: the earlier of the service's and the page's,
 * because runs carry the page's times and a deleted run does not come back. Null while the service's
 * is not known: a clock that is a year ahead would make every run too old.
 */
export function useRetentionTime(): () => number | null {
  const serviceNow = useServiceNow()
  const clock = useClockStore()
  return () => {
    const now = serviceNow()
    return now === null ? null : Math.min(now, clock.now())
  }
}
