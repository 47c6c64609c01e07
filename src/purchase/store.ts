import { useQuery } from '@pinia/colada'
import { defineStore, storeToRefs } from 'pinia'
import { computed, shallowRef, watch, type Ref } from 'vue'
import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { EmbeddedPurchaseBody } from '@comfyui-credits/contract/schemas'
import { ApiError } from '../api/port.ts'
import { useBalanceStore } from '../balance/store.ts'
import { useCreditsContext } from '../context.ts'
import { useHistoryStore } from '../history/store.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import type { ClockBounds } from '../reconciliation/best-offset.ts'
import { useRunsStore } from '../runs/store.ts'
import { useClockStore } from '../session/clock.ts'
import { isOpen, type Purchase } from './engine/flow.ts'
import { usePurchasePopup } from './use-popup.ts'
import { mayEmbed, type CheckoutContext } from './engine/checkout-client.ts'
import { useStatusPolling } from './engine/use-status-polling.ts'
import { usePurchases } from './engine/use-purchases.ts'
import { useCheckout } from './engine/use-checkout.ts'

/**
 * The purchases of the billing account that pays: their states, and the effects that move them on.
 * Lives as long as the page, so a popup may be closed while a payment is under way.
 */
export const usePurchaseStore = defineStore('purchase', () => {
  const context = useCheckoutContext()
  const popup = usePurchasePopup()
  const { dialogOpen, openedAt, afterRefusal } = storeToRefs(popup)
  const handle = usePurchases({ dialogOpen, openedAt })
  const { state, purchases, dispatch, report } = handle
  const polling = useStatusPolling({ purchases, report, context })
  const checkout = useCheckout({ handle, context, landed: polling.pollNow })
  const { card, loading: loadingCard } = useSavedCard(dialogOpen)
  const billing = useBillingAccountStore()

  /**
   * Whether this billing account may be topped up by the saved card; what is unknown is asked by
   * trying.
   */
  const hasCard = computed(() => (billing.account?.cards ?? null) !== null && card.value !== null)

  /** To the question whether the saved card shall be charged. Nothing is charged yet. */
  function confirm(usdMicros: number): void {
    dispatch({ type: 'confirm', usdMicros, card: card.value ?? null })
  }

  /** Puts a purchase away that the person does not want to pay. */
  function close(attempt: string): void {
    if (billing.accountKey !== null) report(billing.accountKey, attempt, { type: 'closed' })
  }

  /** The person has asked for the payment page again. */
  function reopened(attempt: string): void {
    if (billing.accountKey !== null) report(billing.accountKey, attempt, { type: 'reopened' })
  }

  /** Shows a purchase in the popup; null the form for another one. */
  function show(attempt: string | null): void {
    dispatch({ type: 'show', attempt })
  }

  usePopupSync(handle, () => show(null))
  return {
    state,
    purchases,
    forgetful: handle.forgetful,
    onEnded: handle.onEnded,
    ...useEndings(handle, dialogOpen),
    dialogOpen,
    afterRefusal,
    open: popup.open,
    show,
    hasCard,
    loadingCard,
    confirm,
    close,
    reopened,
    ...checkout,
    ...useEmbedding(context),
    pollNow: polling.pollNow,
    pollFailure: polling.failure,
    unclear: polling.unclear,
    nextPollAt: polling.nextPollAt,
  }
})

type PurchasesHandle = ReturnType<typeof usePurchases>

/** What the popup and the panel must know at once. */
function usePopupSync({ state, purchases }: PurchasesHandle, another: () => void): void {
  const popup = usePurchasePopup()
  watch(
    () => popup.timesOpened,
    () => {
      // An ended purchase has been reported; opening the popup now means buying another.
      if ('purchase' in state.value && !isOpen(state.value)) another()
    },
    { flush: 'sync' },
  )
  watch(
    () => purchases.value.length,
    (count) => {
      popup.purchaseCount = count
    },
    { immediate: true, flush: 'sync' },
  )
}

/** How purchases ended since this page is open, until the person has read it. */
function useEndings(
  { state, purchases, onEnded }: PurchasesHandle,
  dialogOpen: Readonly<Ref<boolean>>,
) {
  const balance = useBalanceStore()
  const history = useHistoryStore()
  const unread = shallowRef<readonly string[]>([])

  onEnded((progress) => {
    if (progress.step === 'closed') return
    unread.value = [...unread.value, progress.purchase.attempt]
    if (progress.step !== 'credited' || progress.afterUsdMicros === balance.figure?.usdMicros)
      return
    // Another tab has found out.
    void balance.refresh()
    void history.refresh()
  })

  function read(attempt: string): void {
    unread.value = unread.value.filter((other) => other !== attempt)
  }

  /** What the popup has shown, and shows no more. */
  const inPopup = computed(() =>
    dialogOpen.value && 'purchase' in state.value ? state.value.purchase.attempt : null,
  )
  watch(inPopup, (_, before) => {
    if (before !== null) read(before)
  })

  const endings = computed(() =>
    purchases.value.filter(({ purchase }) => unread.value.includes(purchase.attempt)),
  )
  return { endings, read }
}

/** What it takes to be paid inside our own page. */
function useEmbedding(context: () => CheckoutContext | null) {
  const { host } = useCreditsContext()
  const billing = useBillingAccountStore()

  /** Null where nothing can be paid inside of it. */
  const embeddedUrl = computed(() => {
    const now = context()
    return now !== null && mayEmbed(now) ? host.embeddedUrl : null
  })

  /** What Stripe wants to see for this purchase. Never stored: anybody who has it may pay. Rejects with an ApiError. */
  async function embeddedTicket({ usdMicros, attempt }: Purchase): Promise<EmbeddedPurchaseBody> {
    const { account: billingAccount } = billing
    if (billingAccount === null)
      throw new ApiError('cancelled', 'It is not known which billing account pays')
    return billingAccount.embeddedCheckout({ usdMicros, attempt })
  }

  return { embeddedUrl, embeddedTicket }
}

/** What the account's events are compared with may itself be that late. */
const LEARNED_SLACK_MS = 60_000

/** Null while it is not known which billing account pays. */
function useCheckoutContext(): () => CheckoutContext | null {
  const { host } = useCreditsContext()
  const billing = useBillingAccountStore()
  const balance = useBalanceStore()
  const runs = useRunsStore()
  const history = useHistoryStore()
  const { now } = useClockStore()
  const since = now()

  function clockOffset(): ClockBounds | null {
    const learned = history.clockOffset()
    return (
      billing.serverTimes().at(-1) ??
      (learned && { low: learned.low - LEARNED_SLACK_MS, high: learned.high + LEARNED_SLACK_MS })
    )
  }

  function spentSince(at: number): number | null {
    if (at < since || !runs.recording) return null
    const credits = runs.runs
      .filter(({ startedAt }) => startedAt >= at)
      .reduce((sum, { announcedCredits }) => sum + (announcedCredits ?? 0), 0)
    return usdMicrosFromCredits(credits)
  }

  return () =>
    billing.account && {
      billingAccount: billing.account,
      returnUrl: host.returnUrl,
      features: balance.balance?.features ?? new Set(),
      spentSince,
      clockOffset,
    }
}

/** Asked whenever the popup opens: the last payment may have saved one. Null: none is saved; undefined: not known. */
function useSavedCard(dialogOpen: Readonly<Ref<boolean>>) {
  const billing = useBillingAccountStore()
  const query = useQuery({
    key: () => [...billing.key, 'card'],
    staleTime: 0,
    enabled: () => dialogOpen.value && (billing.account?.cards ?? null) !== null,
    query: ({ signal }) => {
      const cards = billing.account?.cards
      if (!cards) throw new ApiError('cancelled', 'No cards are saved for this billing account')
      return cards.savedCard({ signal })
    },
  })
  return { card: computed(() => query.data.value), loading: query.isLoading }
}
