import { ref } from 'vue'
import type { FailureCode, Progress } from './engine/flow.ts'
import { usePurchaseStore } from './store.ts'
import { useReservedTab } from './use-reserved-tab.ts'

/** From inside our page to one of Stripe's. Call `toPage` in the click itself: it reserves a tab. */
export function useToPage() {
  const reserveTab = useReservedTab()
  const purchase = usePurchaseStore()
  const leaving = ref(false)
  /** What keeps it from there; `conflict`: it has been paid, or has ended. */
  const hindrance = ref<FailureCode | null>(null)

  async function toPage(progress: Progress): Promise<void> {
    leaving.value = true
    hindrance.value = await purchase.toPage(progress, reserveTab())
    leaving.value = false
  }

  return { toPage, leaving, hindrance }
}
