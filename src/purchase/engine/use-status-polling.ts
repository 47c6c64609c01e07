import { computed, watch, type Ref } from 'vue'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { useChangesStore } from '../../live-updates/store.ts'
import { useClockStore } from '../../session/clock.ts'
import { useSessionStore } from '../../session/store.ts'
import type { CheckoutContext } from './checkout-client.ts'
import { isOpen, isWaiting, type Progress } from './flow.ts'
import { usePoll } from './use-poll.ts'
import { usePollTimer } from './use-poll-timer.ts'
import { usePollingTab } from './use-polling-tab.ts'
import type { Report } from './use-purchases.ts'
import { useReturnHints } from './use-return-hints.ts'

/** As long as a payment page lives; after that only a person's own check polls. */
const SESSION_LIFE_MS = 24 * 60 * 60_000

interface PollingOptions {
  readonly purchases: Readonly<Ref<readonly Progress[]>>
  readonly report: Report
  readonly context: () => CheckoutContext | null
}

/**
 * Polls the status of the open purchases: on a timer while they wait, and whenever the person seems
 * to be back. One tab polls for all; the others follow what it stores.
 */
export function useStatusPolling(options: PollingOptions) {
  const { purchases } = options
  const billing = useBillingAccountStore()
  const session = useSessionStore()
  const clock = useClockStore()
  const cancelled = new Set<string>()
  const changes = useChangesStore()
  let polling: Promise<void> | null = null
  let changedMeanwhile = false

  const open = computed(() => purchases.value.filter(isOpen))
  const request = usePoll({ ...options, open, cancelled })
  const timer = usePollTimer({ ...options, poll, notBefore: request.notBefore })
  const accountKey = computed(() =>
    billing.account !== null && open.value.length > 0 ? billing.accountKey : null,
  )
  const tab = usePollingTab(accountKey, { acquired: timer.returned, lost: timer.stop })

  /** One request at a time; a call during one gets its answer. */
  function poll(): Promise<void> {
    polling ??= request.send().finally(() => {
      polling = null
      if (tab.isMine.value) timer.schedule()
      if (changedMeanwhile) changed()
    })
    return polling
  }

  /** The account has changed, which the answer to a request under way may not show yet. */
  function changed(): void {
    changedMeanwhile = polling !== null
    if (!changedMeanwhile && tab.isMine.value) void poll()
  }

  /** The person is back or asks for it: this tab polls now. */
  function pollNow(): void {
    if (accountKey.value === null) return
    if (tab.isMine.value) timer.returned()
    else if (document.visibilityState === 'visible') tab.take()
  }

  useReturnHints({
    mayBeBack: () => {
      if (session.shown || open.value.some((progress) => mayStillBePaid(progress, clock.now())))
        pollNow()
    },
    returned: (attempt, wasCancelled) => {
      if (wasCancelled && attempt !== null) cancelled.add(attempt)
      if (tab.isMine.value) timer.returned()
    },
  })
  watch(
    () => purchases.value.filter(isWaiting).length,
    (now, before) => {
      if (now > before && tab.isMine.value) timer.returned()
    },
  )
  changes.onChange(changed)
  // Only the tab that polls listens for changes.
  changes.alsoWhile(() => tab.isMine.value && purchases.value.some(isWaiting))
  watch(accountKey, request.reset)
  return {
    pollNow,
    failure: request.failure,
    unclear: request.unclear,
    nextPollAt: timer.nextPollAt,
  }
}

/** An abandoned payment page must not be polled for ever. */
function mayStillBePaid(progress: Progress, now: number): boolean {
  return isWaiting(progress) || now - progress.purchase.startedAt < SESSION_LIFE_MS
}
