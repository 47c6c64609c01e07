import { useClockStore } from '../../session/clock.ts'
import { ref, shallowRef, type Ref } from 'vue'
import { ApiError, type ApiErrorCode } from '../../api/port.ts'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import type { CheckoutContext } from './checkout-client.ts'
import { fetchPaymentStatuses } from './payment-status.ts'
import type { Progress } from './flow.ts'
import type { Report } from './use-purchases.ts'
import { useStatusUpdates } from './use-status-updates.ts'

/** When the service says "too many requests" without saying how long to wait. */
const RETRY_AFTER_SECONDS = 10

interface PollOptions {
  readonly purchases: Readonly<Ref<readonly Progress[]>>
  readonly report: Report
  readonly context: () => CheckoutContext | null
  readonly open: Readonly<Ref<readonly Progress[]>>
  /** Attempts whose payment page was left, by what the return page says. */
  readonly cancelled: Set<string>
}

/** One request for the status of all open purchases, unless the service has asked us to wait. */
export function usePoll({ purchases, open, cancelled, context, report }: PollOptions) {
  const billing = useBillingAccountStore()
  const clock = useClockStore()
  const failure = ref<ApiErrorCode | null>(null)
  /** Attempts of which one was credited, and it is not known which. */
  const unclear = shallowRef<ReadonlySet<string>>(new Set())
  const apply = useStatusUpdates({ report, cancelled, unclear })
  /** In the page's time. */
  let waitUntil = 0

  async function send(): Promise<void> {
    const now = context()
    const about = open.value.filter(({ step }) => step !== 'creating')
    const { accountKey } = billing
    if (now === null || accountKey === null || about.length === 0 || clock.now() < waitUntil) return
    try {
      await apply(
        accountKey,
        about,
        await fetchPaymentStatuses(now, about, spentEvents(purchases.value)),
      )
      failure.value = null
    } catch (error) {
      // The network is down, or the login is being renewed: the next request may get through.
      if (!(error instanceof ApiError)) throw error
      failure.value = error.code === 'cancelled' ? null : error.code
      const { retryAfterSeconds } = error.details
      const wait = retryAfterSeconds ?? (error.code === 'rate-limited' ? RETRY_AFTER_SECONDS : 0)
      waitUntil = clock.now() + wait * 1000
    }
  }

  /** Another billing account may be another service's, or another person's. */
  function reset(): void {
    failure.value = null
    waitUntil = 0
  }

  return { send, reset, failure, unclear, notBefore: () => waitUntil }
}

function spentEvents(purchases: readonly Progress[]): ReadonlySet<string> {
  return new Set(
    purchases.flatMap((progress) =>
      progress.step === 'credited' && progress.evidence.from === 'account-event'
        ? progress.evidence.eventId
        : [],
    ),
  )
}
