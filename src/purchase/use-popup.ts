import { defineStore } from 'pinia'
import { ref } from 'vue'

/**
 * The purchase popup, and what is on screen of purchases before their store is there: that is loaded
 * after the panel (`use-loaded-purchases.ts`), and sets the rest here.
 */
export const usePurchasePopup = defineStore('purchase-popup', () => {
  const dialogOpen = ref(false)
  /** Whether it was opened because a run was refused for want of credits. */
  const afterRefusal = ref(false)
  /** How often it was asked for; also while it is open. */
  const timesOpened = ref(0)
  const loading = ref<'loading' | 'ready' | 'failed'>('loading')
  /** How many purchases of this billing account the browser knows. */
  const purchaseCount = ref(0)

  function open(why = { refused: false }): void {
    afterRefusal.value = why.refused
    dialogOpen.value = true
    timesOpened.value += 1
  }

  return { dialogOpen, afterRefusal, timesOpened, loading, purchaseCount, open }
})
