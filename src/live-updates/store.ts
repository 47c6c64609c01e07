import { createEventHook, useDocumentVisibility } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, watch } from 'vue'
import { useHistoryStore } from '../history/store.ts'
import type { BillingAccount } from '../billing-account/port.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useSessionStore } from '../session/store.ts'
import { cleanupSignal } from '../composables/cleanup-signal.ts'
import { whenIdle } from '../composables/when-idle.ts'
import { useBalanceStore } from '../balance/store.ts'

/** What was just asked for is shown first. */
const LISTENS_WITHIN_MS = 1000

/**
 * The changes that the service pushes, where it can: balance and history of the billing account that
 * pays are then asked for. It is connected only while somebody looks, or waits for something: a browser
 * has six connections to an address, for all tabs together.
 */
export const useChangesStore = defineStore('changes', () => {
  const session = useSessionStore()
  const billing = useBillingAccountStore()
  const balance = useBalanceStore()
  const visibility = useDocumentVisibility()
  const reasons = shallowReactive(new Set<() => boolean>())
  const change = createEventHook<void>()
  /** Whether the stream is open. */
  const listening = ref(false)
  /** Those that announce a stream and have none. */
  const without = new WeakSet<BillingAccount>()
  const refresh = useRefresh()

  const wanted = computed(
    () =>
      (session.shown && visibility.value === 'visible') || [...reasons].some((reason) => reason()),
  )
  const offered = computed(() => balance.balance?.features.has('balance_stream') ?? false)
  const followed = computed(() => (wanted.value && offered.value ? billing.account : null))

  watch(
    followed,
    (billingAccount, _before, onCleanup) => {
      if (billingAccount === null || without.has(billingAccount)) return
      const signal = cleanupSignal(onCleanup)
      onCleanup(() => {
        listening.value = false
      })
      const begin = (): void => {
        follow(billingAccount, signal).catch((error: unknown) => reportError(error))
      }
      onCleanup(whenIdle(begin, LISTENS_WITHIN_MS))
    },
    { immediate: true },
  )

  async function follow(billingAccount: BillingAccount, signal: AbortSignal): Promise<void> {
    const closed = (): void => {
      // The end of one that was left comes late, when another may have been opened.
      if (!signal.aborted) listening.value = false
    }
    const end = await billingAccount.changes({ opened, changed, closed }, signal)
    if (end === 'absent') without.add(billingAccount)
  }

  function opened(): void {
    listening.value = true
    // Something may have happened while nobody listened.
    changed()
  }

  function changed(): void {
    // First of all the figure that is on screen.
    void refresh()
    void change.trigger()
  }

  /** Listens also while that holds, whether or not anybody looks. */
  function alsoWhile(reason: () => boolean): void {
    reasons.add(reason)
  }

  return { listening, onChange: change.on, alsoWhile }
})

/** Asks for what is shown. Changes that come meanwhile are asked about together, once, after. */
function useRefresh(): () => Promise<void> {
  const billing = useBillingAccountStore()
  const balance = useBalanceStore()
  const history = useHistoryStore()
  let wanted = false
  let busy = false

  return async () => {
    wanted = true
    if (busy) return
    busy = true
    try {
      while (wanted && billing.account !== null) {
        wanted = false
        await Promise.all([balance.refresh(), history.refresh()])
      }
    } finally {
      busy = false
    }
  }
}
