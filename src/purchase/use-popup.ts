import { defineStore } from 'pinia'
import { ref } from 'vue'
import { useClockStore } from '../session/clock.ts'

/** Why the popup is opened; nothing for a person who came by themselves. */
interface PurchaseReason {
  /** A run was refused for want of credits. */
  readonly refused?: boolean
  readonly coverUsdMicros?: number
}

/**
 * The purchase popup, and what is on screen of purchases before their store is there: that is loaded
 * after the panel (`use-loaded-purchases.ts`), and sets the rest here.
 */
export const usePurchasePopup = defineStore('purchase-popup', () => {
  const clock = useClockStore()
  const dialogOpen = ref(false)
  /** Epoch milliseconds; what was begun since then was begun in another tab. */
  const openedAt = ref(0)
  /** Whether it was opened because a run was refused for want of credits. */
  const afterRefusal = ref(false)
  /** What a run that was stopped before it started needs; null where none was. */
  const coverUsdMicros = ref<number | null>(null)
  /** How often it was asked for; also while it is open. */
  const timesOpened = ref(0)
  const loading = ref<'loading' | 'ready' | 'failed'>('loading')
  /** How many purchases of this billing account the browser knows. */
  const purchaseCount = ref(0)

  function open(why: PurchaseReason = {}): void {
    afterRefusal.value = why.refused ?? false
    coverUsdMicros.value = why.coverUsdMicros ?? null
    dialogOpen.value = true
    openedAt.value = clock.now()
    timesOpened.value += 1
  }

  return {
    dialogOpen,
    openedAt,
    afterRefusal,
    coverUsdMicros,
    timesOpened,
    loading,
    purchaseCount,
    open,
  }
})
