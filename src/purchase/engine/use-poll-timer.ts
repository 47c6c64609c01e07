import { useClockStore } from '../../session/clock.ts'
import { useTimeoutFn } from '@vueuse/core'
import { ref, type Ref } from 'vue'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { useChangesStore } from '../../live-updates/store.ts'
import { isWaiting, type Progress } from './flow.ts'
import { nextPollIn } from './poll-schedule.ts'
import type { Report } from './use-purchases.ts'

interface PollTimerOptions {
  readonly purchases: Readonly<Ref<readonly Progress[]>>
  readonly report: Report
  readonly poll: () => Promise<void>
  /** The service has asked us to wait until then, in the page's time. */
  readonly notBefore: () => number
}

/** When to poll next, and when to give up. */
export function usePollTimer({ purchases, report, poll, notBefore }: PollTimerOptions) {
  const billing = useBillingAccountStore()
  const clock = useClockStore()
  const changes = useChangesStore()
  const nextPollAt = ref<number | null>(null)
  const waitMs = ref(0)
  const timer = useTimeoutFn(() => void poll(), waitMs, { immediate: false })
  let returnedAt = 0

  function stop(): void {
    timer.stop()
    nextPollAt.value = null
  }

  function schedule(): void {
    stop()
    const waiting = purchases.value.filter(isWaiting)
    if (waiting.length === 0) return
    const now = clock.now()
    const wait = nextPollIn({
      pendingMs: now - Math.max(...waiting.map(({ purchase }) => purchase.startedAt)),
      returnedMs: now - returnedAt,
      visible: document.visibilityState === 'visible',
      notified: changes.listening,
    })
    if (wait === null) {
      const { accountKey } = billing
      if (accountKey === null) return
      for (const { purchase } of waiting) report(accountKey, purchase.attempt, { type: 'gave-up' })
      return
    }
    waitMs.value = Math.max(wait, notBefore() - now)
    nextPollAt.value = now + waitMs.value
    timer.start()
  }

  function returned(): void {
    returnedAt = clock.now()
    void poll()
  }

  return { nextPollAt, schedule, returned, stop }
}
