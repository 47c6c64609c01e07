import { createEventHook, useEventListener } from '@vueuse/core'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { browserStorage } from '../../storage/browser-storage.ts'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { useSessionStore } from '../../session/store.ts'
import {
  currentState,
  emptyDesk,
  findProgress,
  follow,
  isOpen,
  newerProgress,
  purchaseFlow,
  type Desk,
  type DeskEvent,
  type News,
  type Progress,
} from './flow.ts'
import { keepPurchase, readChange, readPurchase, readPurchases } from './purchase-storage.ts'
import { useDisk } from './use-purchase-database.ts'

/** Tells what happened to a purchase of that place, which need no longer be the one on the desk. */
export type Tell = (place: string, attempt: string, news: News) => void

/**
 * The purchases of the billing account that pays, as this browser keeps them: they outlive the panel, the
 * page and the login, and all tabs have the same. Another billing account's are never on the desk.
 */
export function useDesk(dialogOpen: Ref<boolean>) {
  const billing = useBillingAccountStore()
  const storage = browserStorage()
  const desk = shallowRef<Desk>(emptyDesk)
  const ended = createEventHook<Progress>()
  /** What was told could not be written down, so it ends with this page. */
  const forgetful = ref(false)

  function dispatch(event: DeskEvent): void {
    const before = desk.value
    desk.value = purchaseFlow(before, event)
    if (event.type === 'loaded') return
    for (const progress of desk.value.purchases) {
      const was = findProgress(before, progress.purchase.attempt)
      if (was && isOpen(was) && !isOpen(progress)) void ended.trigger(progress)
    }
  }

  function keep(place: string, progress: Progress): void {
    forgetful.value = !keepPurchase(storage, place, progress)
    void disk.put(place, progress)
  }

  const tell: Tell = (place, attempt, news) => {
    const at = Date.now()
    if (place !== billing.accountKey) {
      const kept = readPurchase(storage, place, attempt)
      if (kept) keep(place, follow(kept, news, at))
      return
    }
    dispatch({ type: 'news', attempt, news, at })
    const progress = findProgress(desk.value, attempt)
    if (progress) keep(place, progress)
  }

  useEventListener(window, 'storage', (event) => {
    const progress = billing.accountKey === null ? null : readChange(event, billing.accountKey)
    if (progress) dispatch({ type: 'met', progress })
  })
  useLoading({ desk, dispatch, dialogOpen, read: (place) => readPurchases(storage, place) })
  const disk = useDisk((place, progress) => {
    keepPurchase(storage, place, progress)
    if (place === billing.accountKey) dispatch({ type: 'met', progress })
  })

  return {
    state: computed(() => currentState(desk.value)),
    purchases: computed(() => desk.value.purchases),
    forgetful,
    dispatch,
    tell,
    keep,
    onEnded: ended.on,
    recovered: disk.recovered,
    /** As the other tabs have written them by now. */
    readAll: (place: string) => readPurchases(storage, place),
  }
}

interface LoadingOptions {
  readonly desk: Readonly<Ref<Desk>>
  readonly dispatch: (event: DeskEvent) => void
  readonly dialogOpen: Ref<boolean>
  readonly read: (place: string) => Progress[]
}

/**
 * Another billing account's purchases are loaded when it is another's turn to pay. While the host does not
 * say whose turn it is the desk is empty, and then goes on where it was when it is the same again.
 */
function useLoading({ desk, dispatch, dialogOpen, read }: LoadingOptions): void {
  const billing = useBillingAccountStore()
  const session = useSessionStore()
  let last: { readonly place: string; readonly desk: Desk } | null = null

  function load(place: string | null, before: string | null): void {
    if (before !== null) last = { place: before, desk: desk.value }
    const isOther =
      place === null ? session.account === null : last !== null && last.place !== place
    if (isOther) {
      last = null
      dialogOpen.value = false
    }
    const known = place !== null && last?.place === place ? last.desk : emptyDesk
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
