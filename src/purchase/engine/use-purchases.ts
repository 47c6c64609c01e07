import { createEventHook, useEventListener } from '@vueuse/core'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { browserStorage } from '../../storage/browser-storage.ts'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { useClockStore } from '../../session/clock.ts'
import { useSessionStore } from '../../session/store.ts'
import {
  currentState,
  noPurchases,
  findProgress,
  follow,
  isOpen,
  isWaiting,
  newerProgress,
  purchaseFlow,
  type PurchasesState,
  type PurchaseAction,
  type PaymentEvent,
  type Progress,
} from './flow.ts'
import { storePurchase, readChange, readPurchase, readPurchases } from './purchase-storage.ts'
import { useDisk } from './use-purchase-database.ts'

/** Reports an event of a purchase. `accountKey` need no longer be the account whose purchases are loaded. */
export type Report = (accountKey: string, attempt: string, event: PaymentEvent) => void

interface PopupRefs {
  readonly dialogOpen: Ref<boolean>
  /** Epoch milliseconds. */
  readonly openedAt: Readonly<Ref<number>>
}

/**
 * The purchases of the billing account that pays, as this browser keeps them: they outlive the
 * panel, the page and the login, and all tabs have the same. Another billing account's are never
 * loaded.
 */
export function usePurchases(popup: PopupRefs) {
  const billing = useBillingAccountStore()
  const clock = useClockStore()
  const storage = browserStorage()
  const purchasesState = shallowRef<PurchasesState>(noPurchases)
  const ended = createEventHook<Progress>()
  /** The last change could not be stored, so it ends with this page. */
  const forgetful = ref(false)

  function dispatch(action: PurchaseAction): void {
    const before = purchasesState.value
    purchasesState.value = purchaseFlow(before, action)
    if (action.type === 'loaded') return
    for (const progress of purchasesState.value.purchases) {
      const was = findProgress(before, progress.purchase.attempt)
      if (was && isOpen(was) && !isOpen(progress)) void ended.trigger(progress)
    }
  }

  function keep(accountKey: string, progress: Progress): void {
    forgetful.value = !storePurchase(storage, accountKey, progress)
    disk.put(accountKey, progress)
  }

  const report: Report = (accountKey, attempt, event) => {
    const at = clock.now()
    if (accountKey !== billing.accountKey) {
      const kept = readPurchase(storage, accountKey, attempt)
      if (kept) keep(accountKey, follow(kept, event, at))
      return
    }
    dispatch({ type: 'payment-event', attempt, event, at })
    const progress = findProgress(purchasesState.value, attempt)
    if (progress) keep(accountKey, progress)
  }

  useEventListener(window, 'storage', (event) => {
    const progress = billing.accountKey === null ? null : readChange(event, billing.accountKey)
    if (progress) dispatch({ type: 'met', progress })
  })
  useLoading({
    purchasesState,
    dispatch,
    popup,
    read: (accountKey) => readPurchases(storage, accountKey),
  })
  const disk = useDisk((accountKey, progress) => {
    storePurchase(storage, accountKey, progress)
    if (accountKey === billing.accountKey) dispatch({ type: 'met', progress })
  })

  return {
    state: computed(() => currentState(purchasesState.value)),
    purchases: computed(() => purchasesState.value.purchases),
    forgetful,
    dispatch,
    report,
    keep,
    onEnded: ended.on,
    /**
     * As the tabs that had their turn before have written them. A browser gives each process its own
     * copy of localStorage, which may be behind them; the disk is not.
     */
    readAll: async (accountKey: string) =>
      joined(readPurchases(storage, accountKey), await disk.read(accountKey)),
    /** Resolves when `readAll` gives other tabs what this one has reported. */
    written: disk.written,
  }
}

interface LoadingOptions {
  readonly purchasesState: Readonly<Ref<PurchasesState>>
  readonly dispatch: (action: PurchaseAction) => void
  readonly popup: PopupRefs
  readonly read: (accountKey: string) => Progress[]
}

/**
 * Another billing account's purchases are loaded when it is another's turn to pay. While the host
 * does not say whose turn it is the state is empty; it goes on where it was when the same account
 * is back.
 */
function useLoading({ purchasesState, dispatch, popup, read }: LoadingOptions): void {
  const billing = useBillingAccountStore()
  const session = useSessionStore()
  let last: { readonly accountKey: string; readonly purchasesState: PurchasesState } | null = null

  function load(accountKey: string | null, before: string | null): void {
    if (before !== null) last = { accountKey: before, purchasesState: purchasesState.value }
    const isOther =
      accountKey === null
        ? session.account === null
        : last !== null && last.accountKey !== accountKey
    if (isOther) {
      last = null
      popup.dialogOpen.value = false
    }
    const known =
      accountKey !== null && last?.accountKey === accountKey ? last.purchasesState : noPurchases
    const purchases = accountKey === null ? [] : joined(read(accountKey), known.purchases)
    const shown = known.shown ?? begunElsewhere(purchases, known)
    dispatch({ type: 'loaded', purchases, shown })
  }

  /** Begun elsewhere while the form was open and this page got no events; shown like `met`. */
  function begunElsewhere(purchases: readonly Progress[], known: PurchasesState): string | null {
    if (!popup.dialogOpen.value) return null
    const begun = purchases.find(
      (progress) =>
        isWaiting(progress) &&
        progress.purchase.startedAt >= popup.openedAt.value &&
        findProgress(known, progress.purchase.attempt) === null,
    )
    return begun?.purchase.attempt ?? null
  }

  watch(
    () => billing.accountKey,
    (accountKey, before) => load(accountKey, before ?? null),
    { immediate: true, flush: 'sync' },
  )
}

/** What is kept and what this page knows, which is more where nothing can be kept. */
function joined(kept: readonly Progress[], known: readonly Progress[]): Progress[] {
  const all = new Map(known.map((progress) => [progress.purchase.attempt, progress]))
  for (const progress of kept) {
    const mine = all.get(progress.purchase.attempt)
    all.set(progress.purchase.attempt, mine ? newerProgress(mine, progress) : progress)
  }
  return [...all.values()].toSorted((a, b) => b.purchase.startedAt - a.purchase.startedAt)
}
