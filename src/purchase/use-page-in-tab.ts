import { ref } from 'vue'
import { ApiError } from '../api/port.ts'
import type { BillingAccount } from '../billing-account/port.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { trustedCheckoutUrl } from './engine/checkout-url.ts'
import { useReservedTab } from './use-reserved-tab.ts'

/** `none`: the service has no such page. */
export type PageProblem = 'none' | 'failed'

/**
 * A page of Stripe's in a tab of its own. Its address is asked for when it is wanted, so call `open`
 * in the click itself: the tab is reserved before the question.
 */
export function usePageInTab(
  addressOf: (billingAccount: BillingAccount) => Promise<string | null>,
) {
  const billing = useBillingAccountStore()
  const reserveTab = useReservedTab()
  const opening = ref(false)
  const problem = ref<PageProblem | null>(null)

  /** `message` is what the tab shows meanwhile. */
  async function open(message: string): Promise<void> {
    const tab = reserveTab(message)
    opening.value = true
    problem.value = null
    const answer = await ask()
    opening.value = false
    if (tab?.open && 'address' in answer) {
      tab.go(answer.address)
      return
    }
    tab?.close()
    problem.value = 'problem' in answer ? answer.problem : 'failed'
  }

  async function ask(): Promise<{ address: string } | { problem: PageProblem }> {
    const { account: billingAccount } = billing
    if (billingAccount === null) return { problem: 'failed' }
    try {
      const answer = await addressOf(billingAccount)
      const address = answer === null ? null : trustedCheckoutUrl(answer, billingAccount.base)
      if (address !== null) return { address }
      return { problem: answer === null ? 'none' : 'failed' }
    } catch (error) {
      if (error instanceof ApiError) return { problem: 'failed' }
      throw error
    }
  }

  return { open, opening, problem }
}
