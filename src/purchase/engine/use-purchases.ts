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
  newerProgress,
  purchaseFlow,
  type PurchasesState,
  type PurchaseAction,
  type PaymentEvent,
  type Progress,
} from './flow.ts'
import { keepPurchase, readChange, readPurchase, readPurchases } from './purchase-storage.ts'
import { useDisk } from './use-purchase-database.ts'

/** Reports an event of a purchase. `place` need no longer be the account whose purchases are loaded. */
export type Report = (place: string, attempt: string, news: PaymentEvent) => void

/**
 * The purchases of the billing account that pays, as this browser keeps them: they outlive the
 * panel, the page and the login, and all tabs have the same. Another billing account's are never
 * loaded.
 */
export function usePurchases(dialogOpen: Ref<boolean>) {
  const billing = useBillingAccountStore()
  const clock = useClockStore()
  const storage = browserStorage()
  const purchasesState = shallowRef<PurchasesState>(noPurchases)
  const ended = createEventHook<Progress>()
  /** The last change could not be stored, so it ends with this page. */
  const forgetful = ref(false)

  function dispatch(event: PurchaseAction): void {
    const before = purchasesState.value
    purchasesState.value = purchaseFlow(before, event)
    if (event.type === 'loaded') return
    for (const progress of purchasesState.value.purchases) {
      const was = findProgress(before, progress.purchase.attempt)
      if (was && isOpen(was) && !isOpen(progress)) void ended.trigger(progress)
    }
  }

  function keep(place: string, progress: Progress): void {
    forgetful.value = !keepPurchase(storage, place, progress)
    void disk.put(place, progress)
  }

  const report: Report = (place, attempt, news) => {
    const at = clock.now()
    if (place !== billing.accountKey) {
      const kept = readPurchase(storage, place, attempt)
      if (kept) keep(place, follow(kept, news, at))
      return
    }
    dispatch({ type: 'news', attempt, news, at })
    const progress = findProgress(purchasesState.value, attempt)
    if (progress) keep(place, progress)
  }

  useEventListener(window, 'storage', (event) => {
    const progress = billing.accountKey === null ? null : readChange(event, billing.accountKey)
    if (progress) dispatch({ type: 'met', progress })
  })
  useLoading({
    purchasesState,
    dispatch,
    dialogOpen,
    read: (place) => readPurchases(storage, place),
  })
  const disk = useDisk((place, progress) => {
    keepPurchase(storage, place, progress)
    if (place === billing.accountKey) dispatch({ type: 'met', progress })
  })

  return {
    state: computed(() => currentState(purchasesState.value)),
    purchases: computed(() => purchasesState.value.purchases),
    forgetful,
    dispatch,
    report,
    keep,
    onEnded: ended.on,
    recovered: disk.recovered,
    /** As the other tabs have written them by now. */
    readAll: (place: string) => readPurchases(storage, place),
  }
}

interface LoadingOptions {
  readonly purchasesState: Readonly<Ref<PurchasesState>>
  readonly dispatch: (event: PurchaseAction) => void
  readonly dialogOpen: Ref<boolean>
  readonly read: (place: string) => Progress[]
}

/**
 * Another billing account's purchases are loaded when it is another's turn to pay. While the host
 * does not say whose turn it is the state is empty; it goes on where it was when the same account
 * is back.
 */
function useLoading({ purchasesState, dispatch, dialogOpen, read }: LoadingOptions): void {
  const billing = useBillingAccountStore()
  const session = useSessionStore()
  let last: { readonly place: string; readonly purchasesState: PurchasesState } | null = null

  function load(place: string | null, before: string | null): void {
    if (before !== null) last = { place: before, purchasesState: purchasesState.value }
    const isOther =
      place === null ? session.account === null : last !== null && last.place !== place
    if (isOther) {
      last = null
      dialogOpen.value = false
    }
    const known = place !== null && last?.place === place ? last.purchasesState : noPurchases
    dispatch({
      type: 'loaded',
      purchases: place === null ? [] : joined(read(place), known.purchases),
      shown: known.shown,
    })
  }

  watch(
    () => billing.accountKey,
    (place, before) => load(place, before ?? null),
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
