import { ref } from 'vue'
import { useTexts } from '../i18n/texts.ts'
import type { FailureCode, Progress } from './engine/flow.ts'
import { reserveTab } from './engine/payment-tab.ts'
import { usePurchaseStore } from './store.ts'

/** From inside our page to one of Stripe's. Call `toPage` in the click itself: it reserves a tab. */
export function useToPage() {
  const t = useTexts()
  const purchase = usePurchaseStore()
  const leaving = ref(false)
  /** What keeps it from there; `conflict`: it has been paid, or has ended. */
  const hindrance = ref<FailureCode | null>(null)

  async function toPage(progress: Progress): Promise<void> {
    leaving.value = true
    hindrance.value = await purchase.toPage(progress, reserveTab(t('buy.creating')))
    leaving.value = false
  }

  return { toPage, leaving, hindrance }
}
