import { useBroadcastChannel, useEventListener, useTimeoutFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { ApiError } from '../api/port.ts'
import { useBalanceStore } from '../balance/store.ts'
import { useCreditsContext } from '../context.ts'
import { useHistoryStore } from '../history/store.ts'
import { useSessionStore } from '../session.ts'
import { CHANNEL } from './channel-name.ts'
import { returnMessageSchema } from './channel.ts'
import {
  initialPurchase,
  isWaiting,
  pendingPurchase,
  purchaseFlow,
  type PurchaseEvent,
  type PurchaseState,
} from './flow.ts'
import type { PaymentTab } from './payment-tab.ts'
import { randomId } from './random-id.ts'
import { askStanding, createPurchase, type RunnerWorld } from './runner.ts'
import { nextAskIn } from './schedule.ts'

/**
 * The purchase of this page: its state, and the effects that move it on. It lives as long as the
 * login, so a popup may be closed while a payment is under way.
 */
export const usePurchaseStore = defineStore('purchase', () => {
  const session = useSessionStore()
  const balance = useBalanceStore()
  const history = useHistoryStore()
  const world = useRunnerWorld()

  const state = shallowRef<PurchaseState>(initialPurchase)
  const dialogOpen = ref(false)
  /** Whether the popup was opened because a run was refused for want of credits. */
  const afterRefusal = ref(false)
  const pending = computed(() => pendingPurchase(state.value))

  function dispatch(event: PurchaseEvent): void {
    state.value = purchaseFlow(state.value, event)
  }

  /** `tab` was reserved in the click; null when the browser has blocked it. */
  async function buy(usdMicros: number, tab: PaymentTab | null): Promise<void> {
    const attempt = randomId()
    dispatch({ type: 'buy', attempt, usdMicros })
    // The balance answer lists what the API can do beyond the plain contract.
    if (balance.balance === null) await balance.refresh()
    const figure = balance.figure
    const beforeUsdMicros = figure?.fresh ? figure.usdMicros : null
    const creation = await createPurchase(world(), { attempt, usdMicros, beforeUsdMicros })
    if (!creation.ok) {
      tab?.close()
      dispatch({ type: 'refused', attempt, code: creation.code })
      return
    }
    const { purchase } = creation
    dispatch({ type: 'created', attempt, purchase })
    // Another login, or a Cancel, may have come in between: then nobody wants the page any more.
    if (pending.value !== purchase) tab?.close()
    else if (tab?.open) {
      tab.go(purchase.checkoutUrl)
      dispatch({ type: 'tab-opened' })
    } else dispatch({ type: 'tab-blocked' })
  }

  function open(why = { refused: false }): void {
    afterRefusal.value = why.refused
    dialogOpen.value = true
  }

  const { ask } = useStanding({ state, dispatch, world, balance, history })

  function reset(): void {
    dispatch({ type: 'reset' })
  }

  watch(
    () => session.account?.id,
    () => {
      dialogOpen.value = false
      reset()
    },
  )

  return { state, pending, dialogOpen, afterRefusal, open, buy, ask, dispatch, reset }
})

function useRunnerWorld(): () => RunnerWorld {
  const { api, host } = useCreditsContext()
  const balance = useBalanceStore()
  return () => ({
    api,
    apiBase: host.apiBase,
    returnUrl: host.returnUrl,
    features: balance.balance?.features ?? new Set(),
    now: Date.now,
  })
}

interface StandingOptions {
  readonly state: { readonly value: PurchaseState }
  readonly dispatch: (event: PurchaseEvent) => void
  readonly world: () => RunnerWorld
  readonly balance: ReturnType<typeof useBalanceStore>
  readonly history: ReturnType<typeof useHistoryStore>
}

interface AskOptions {
  /** The return page says that the person turned back. */
  readonly cancelled?: boolean
}

/** Asks how the pending purchase stands: by the clock while it waits, and at every hint. */
function useStanding({ state, dispatch, world, balance, history }: StandingOptions) {
  let asking: Promise<void> | null = null
  let cancelHinted = false
  let waitingSince = 0
  const waitMs = ref(0)
  const timer = useTimeoutFn(() => void ask(), waitMs, { immediate: false })

  function schedule(): void {
    timer.stop()
    if (!isWaiting(state.value)) return
    const wait = nextAskIn(Date.now() - waitingSince)
    if (wait === null) {
      dispatch({ type: 'gave-up' })
      return
    }
    waitMs.value = wait
    timer.start()
  }

  /** One question at a time; whoever asks meanwhile gets the answer under way. */
  function ask({ cancelled = false }: AskOptions = {}): Promise<void> {
    cancelHinted ||= cancelled
    asking ??= askOnce().finally(() => {
      asking = null
      schedule()
    })
    return asking
  }

  async function askOnce(): Promise<void> {
    const purchase = pendingPurchase(state.value)
    if (purchase === null) return
    try {
      const standing = await askStanding(world(), purchase)
      if (pendingPurchase(state.value) !== purchase) return
      if (standing.kind === 'credited') {
        // The proof alone is half of the news: "before → after" needs the figure too.
        dispatch({ type: 'paid' })
        const afterUsdMicros = await balance.refresh()
        if (afterUsdMicros === null || pendingPurchase(state.value) === null) return
        dispatch({ type: 'credited', evidence: standing.evidence, afterUsdMicros })
        void history.refresh()
      } else if (standing.kind !== 'open') dispatch({ type: standing.kind })
      else if (cancelHinted) dispatch({ type: 'cancelled' })
      cancelHinted = false
    } catch (error) {
      // The line is down, or the login is being renewed: the next question may get through.
      if (!(error instanceof ApiError)) throw error
    }
  }

  watch(
    () => isWaiting(state.value),
    (waiting) => {
      if (waiting) waitingSince = Date.now()
      schedule()
    },
  )
  useHints(() => pendingPurchase(state.value)?.attempt ?? null, ask)
  return { ask }
}

/** Everything that may mean "the person is back": each is a reason to ask, none is believed. */
function useHints(
  pendingAttempt: () => string | null,
  ask: (options?: AskOptions) => Promise<void>,
): void {
  useEventListener(window, ['focus', 'pageshow', 'online'], () => void ask())
  useEventListener(document, 'visibilitychange', () => {
    if (document.visibilityState === 'visible') void ask()
  })
  const { data } = useBroadcastChannel({ name: CHANNEL })
  watch(data, (message) => {
    const parsed = returnMessageSchema.safeParse(message)
    if (!parsed.success) return
    const ours = parsed.data.attempt !== null && parsed.data.attempt === pendingAttempt()
    void ask({ cancelled: ours && parsed.data.outcome === 'cancelled' })
  })
}
