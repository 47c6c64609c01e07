import { useBroadcastChannel, useEventListener, useTimeoutFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { ApiError } from '../api/port.ts'
import { useQuery } from '@pinia/colada'
import { useBalanceStore } from '../balance/store.ts'
import { useCreditsContext } from '../context.ts'
import { useHistoryStore } from '../history/store.ts'
import { usePurseStore } from '../purse/store.ts'
import { CHANNEL } from './channel-name.ts'
import { returnMessageSchema } from './channel.ts'
import {
  initialPurchase,
  isWaiting,
  pendingPurchase,
  purchaseFlow,
  type Purchase,
  type PurchaseEvent,
  type PurchaseState,
} from './flow.ts'
import type { PaymentTab } from './payment-tab.ts'
import { randomId } from './random-id.ts'
import {
  askStanding,
  chargeCard,
  createPurchase,
  type ChargeResult,
  type Creation,
  type RunnerWorld,
} from './runner.ts'
import { nextAskIn } from './schedule.ts'

/**
 * The purchase of this page: its state, and the effects that move it on. It lives as long as the
 * login, so a popup may be closed while a payment is under way.
 */
export const usePurchaseStore = defineStore('purchase', () => {
  const purses = usePurseStore()
  const balance = useBalanceStore()
  const history = useHistoryStore()
  const world = useRunnerWorld()

  const state = shallowRef<PurchaseState>(initialPurchase)
  const { dialogOpen, afterRefusal, open } = usePopup()
  const pending = computed(() => pendingPurchase(state.value))

  function dispatch(event: PurchaseEvent): void {
    state.value = purchaseFlow(state.value, event)
  }

  function before(): number | null {
    const figure = balance.figure
    return figure?.fresh ? figure.usdMicros : null
  }

  const { buy } = useCheckout({ pending, dispatch, world, before })
  const charging = useCharging({ state, dispatch, world, before, dialogOpen, landed: () => ask() })

  const { ask } = useStanding({ state, dispatch, world, balance, history })

  function reset(): void {
    dispatch({ type: 'reset' })
  }

  watch(
    () => purses.key,
    (now, last) => {
      if (isOtherPurse(now, last)) {
        dialogOpen.value = false
        reset()
      }
    },
  )

  return {
    state,
    pending,
    dialogOpen,
    afterRefusal,
    ...charging,
    open,
    buy,
    ask,
    dispatch,
    reset,
  }
})

type PurseKey = ReturnType<typeof usePurseStore>['key']

/** What was opened before it was known which purse pays is that purse's, and stays. */
function isOtherPurse(now: PurseKey, before: PurseKey): boolean {
  const [, account, , kind] = before
  const wasUnknown = account !== null && account === now[1] && kind === null
  return !wasUnknown && now.join(' ') !== before.join(' ')
}

function usePopup() {
  const dialogOpen = ref(false)
  /** Whether it was opened because a run was refused for want of credits. */
  const afterRefusal = ref(false)

  function open(why = { refused: false }): void {
    afterRefusal.value = why.refused
    dialogOpen.value = true
  }

  return { dialogOpen, afterRefusal, open }
}

/** Null while it is not known which purse pays. */
function useRunnerWorld(): () => RunnerWorld | null {
  const { host } = useCreditsContext()
  const purses = usePurseStore()
  const balance = useBalanceStore()
  return () =>
    purses.purse && {
      purse: purses.purse,
      returnUrl: host.returnUrl,
      features: balance.balance?.features ?? new Set(),
      now: Date.now,
    }
}

interface CheckoutOptions {
  readonly pending: { readonly value: Purchase | null }
  readonly dispatch: (event: PurchaseEvent) => void
  readonly world: () => RunnerWorld | null
  /** The balance of now in micro-USD, null when it is not known. */
  readonly before: () => number | null
}

/** Top-ups by the payment page. */
function useCheckout({ pending, dispatch, world, before }: CheckoutOptions) {
  const balance = useBalanceStore()

  /** `tab` was reserved in the click; null when the browser has blocked it. */
  async function buy(usdMicros: number, tab: PaymentTab | null): Promise<void> {
    const attempt = randomId()
    dispatch({ type: 'buy', attempt, usdMicros })
    // The balance answer lists what the API can do beyond the plain contract.
    if (balance.balance === null) await balance.refresh()
    const asked = world()
    const creation: Creation =
      asked === null
        ? { ok: false, code: 'offline' }
        : await createPurchase(asked, { attempt, usdMicros, beforeUsdMicros: before() })
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
      tab.go(creation.checkoutUrl)
      dispatch({ type: 'tab-opened' })
    } else dispatch({ type: 'tab-blocked' })
  }

  return { buy }
}

interface ChargingOptions {
  readonly state: { readonly value: PurchaseState }
  readonly dispatch: (event: PurchaseEvent) => void
  readonly world: () => RunnerWorld | null
  /** The balance of now in micro-USD, null when it is not known. */
  readonly before: () => number | null
  readonly dialogOpen: { readonly value: boolean }
  readonly landed: () => Promise<void>
}

/** Top-ups by the saved card. */
function useCharging({ state, dispatch, world, before, dialogOpen, landed }: ChargingOptions) {
  const purses = usePurseStore()
  const { card, asking: askingForCard } = useSavedCard(dialogOpen)

  /** Whether this purse may be topped up by the saved card; what is unknown is asked by trying. */
  const hasCard = computed(() => (purses.purse?.cards ?? null) !== null && card.value !== null)

  /** To the question whether the saved card shall be charged. Nothing is charged yet. */
  function confirm(usdMicros: number): void {
    dispatch({ type: 'confirm', attempt: randomId(), usdMicros, card: card.value ?? null })
  }

  /** Moves money: only ever at the person's own confirmation. */
  async function charge(): Promise<void> {
    dispatch({ type: 'charge' })
    if (state.value.step !== 'charging') return
    const { attempt, usdMicros } = state.value
    const asked = world()
    const result: ChargeResult =
      asked === null
        ? { ok: false, problem: 'refused' }
        : await chargeCard(asked, { attempt, usdMicros, beforeUsdMicros: before() })
    if (!result.ok) {
      dispatch({ type: 'not-charged', attempt, problem: result.problem })
      return
    }
    dispatch({ type: 'charged', attempt, purchase: result.purchase })
    await landed()
  }

  return { hasCard, askingForCard, confirm, charge }
}

/** Asked whenever the popup opens: the last payment may have saved one. Null: none is saved; undefined: not known. */
function useSavedCard(dialogOpen: { readonly value: boolean }) {
  const purses = usePurseStore()
  const query = useQuery({
    key: () => [...purses.key, 'card'],
    staleTime: 0,
    enabled: () => dialogOpen.value && (purses.purse?.cards ?? null) !== null,
    query: ({ signal }) => {
      const cards = purses.purse?.cards
      if (!cards) throw new ApiError('cancelled', 'No cards are saved for this purse')
      return cards.savedCard({ signal })
    },
  })
  return { card: computed(() => query.data.value), asking: query.isLoading }
}

interface StandingOptions {
  readonly state: { readonly value: PurchaseState }
  readonly dispatch: (event: PurchaseEvent) => void
  readonly world: () => RunnerWorld | null
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
    const asked = world()
    if (purchase === null || asked === null) return
    try {
      const standing = await askStanding(asked, purchase)
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
