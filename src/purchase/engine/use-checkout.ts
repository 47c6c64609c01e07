import { computed, watch } from 'vue'
import { useBalanceStore } from '../../balance/store.ts'
import type { SavedCard } from '../../billing-account/port.ts'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { useClockStore } from '../../session/clock.ts'
import { isLost, type FailureCode, type Progress, type Purchase } from './flow.ts'
import { inOneTab } from '../../storage/tab-lock.ts'
import type { PaymentTab } from './payment-tab.ts'
import { randomId } from '../../storage/random-id.ts'
import {
  chargeCard,
  createCheckout,
  isVerdict,
  mayRepeat,
  sendCheckout,
  type CheckoutResult,
  type CheckoutContext,
} from './checkout-client.ts'
import type { usePurchases, Report } from './use-purchases.ts'

type PurchasesHandle = ReturnType<typeof usePurchases>

interface CheckoutOptions {
  readonly handle: PurchasesHandle
  readonly context: () => CheckoutContext | null
  readonly landed: () => void
}

/** Everything that asks the service to make a purchase. */
export function useCheckout({ handle, context, landed }: CheckoutOptions) {
  const { state, report } = handle
  const billing = useBillingAccountStore()
  const balance = useBalanceStore()
  const sends = useSends(context, report)
  const pageTime = useClockStore()
  const settle = useSettling(handle, landed)
  const start = useStart(handle, settle)
  /** Attempts that this page began, and whose answers it gets. */
  const ours = new Set<string>()
  useOrphans(handle, ours)

  function order(way: Purchase['way'], usdMicros: number, card: SavedCard | null): Purchase {
    const figure = balance.figure
    const attempt = randomId()
    const startedAt = pageTime.now()
    const clock = billing.serverTimes().at(-1) ?? null
    ours.add(attempt)
    return {
      attempt,
      way,
      usdMicros,
      beforeUsdMicros: figure?.fresh ? figure.usdMicros : null,
      startedAt,
      card,
      checkoutUrl: null,
      sessionId: null,
      operationId: null,
      earlierEventIds: [],
      serverStart: clock && { low: startedAt + clock.low, high: startedAt + clock.high },
    }
  }

  return {
    /** `tab` was reserved in the click; null when the browser has blocked it. */
    buy: (usdMicros: number, tab: PaymentTab | null) =>
      start(order('page', usdMicros, null), sends.checkout, tab),
    /** To be paid inside our own page; where that cannot be, its payment page is there to be opened. */
    buyEmbedded: (usdMicros: number) =>
      start(order('embedded', usdMicros, null), sends.checkout, null),
    toPage: useToPage({ sends, settle, landed }),
    /** Moves money: only ever at the person's own confirmation. */
    async charge(): Promise<void> {
      if (state.value.step !== 'confirming') return
      const { usdMicros, card } = state.value
      await start(order('card', usdMicros, card), sends.charge, null)
    },
    authenticateAgain: useAuthenticateAgain({ sends, handle, landed }),
    /** Whether the lost attempt may be sent again: it stays one purchase. */
    mayRepeat(purchase: Purchase): boolean {
      const now = context()
      return now !== null && mayRepeat(now, purchase)
    },
    /** Sends a lost attempt again, as the same one. */
    async repeat({ purchase }: Progress, tab: PaymentTab | null): Promise<void> {
      const { accountKey } = billing
      if (accountKey === null || !isLost(state.value)) {
        tab?.close()
        return
      }
      report(accountKey, purchase.attempt, { type: 'repeated' })
      const send = purchase.way === 'card' ? sends.charge : sends.again
      await takeTurn(handle, accountKey, async () => {
        settle(accountKey, purchase, stillUnsure(await send(purchase, accountKey)), tab)
      })
    },
  }
}

interface AuthenticateOptions {
  readonly sends: ReturnType<typeof useSends>
  readonly handle: PurchasesHandle
  readonly landed: () => void
}

/** Has the bank ask the card's holder again, after a try that failed: it stays one charge. */
function useAuthenticateAgain({ sends, handle, landed }: AuthenticateOptions) {
  const billing = useBillingAccountStore()
  return async ({ purchase }: Progress): Promise<void> => {
    const { accountKey } = billing
    if (accountKey === null) return
    await takeTurn(handle, accountKey, async () => {
      const result = await sends.charge(purchase, accountKey)
      const refused = result.type === 'refused' && isVerdict(result.code)
      if (refused) handle.report(accountKey, purchase.attempt, { type: 'declined' })
    })
    landed()
  }
}

interface ToPageOptions {
  readonly sends: ReturnType<typeof useSends>
  readonly settle: Settle
  readonly landed: () => void
}

/**
 * From inside our own page to one of Stripe's: it stays one purchase, and can be paid at one of them
 * only. `tab` was reserved in the click. Gives what keeps it from there; `conflict`: it has been paid.
 */
function useToPage({ sends, settle, landed }: ToPageOptions) {
  const billing = useBillingAccountStore()
  return async ({ purchase }: Progress, tab: PaymentTab | null): Promise<FailureCode | null> => {
    const { accountKey } = billing
    const result = accountKey === null ? GONE : await sends.again(purchase, accountKey)
    if (accountKey !== null && result.type === 'created') {
      settle(accountKey, { ...purchase, way: 'page' }, result, tab)
      return null
    }
    tab?.close()
    landed()
    return 'code' in result ? (result.code ?? 'offline') : null
  }
}

/** A call that was refused by itself says nothing of the lost one, which may have been paid. */
function stillUnsure(result: CheckoutResult): CheckoutResult {
  return result.type === 'refused' && !isVerdict(result.code)
    ? { type: 'lost', code: null }
    : result
}

/** Nothing was made, or nobody wants it. What was paid meanwhile is the purchase that was wanted. */
const WITHDRAWN: ReadonlySet<Progress['step']> = new Set(['failed', 'closed'])

/** Sends it, unless another tab has begun one that this tab's person could not see at the click. */
function useStart(handle: PurchasesHandle, settle: Settle) {
  const { state, purchases, dispatch, keep, readAll } = handle
  const billing = useBillingAccountStore()

  return async (purchase: Purchase, send: Send, tab: PaymentTab | null): Promise<void> => {
    const { accountKey } = billing
    const seen = new Set(purchases.value.map((progress) => progress.purchase.attempt))
    dispatch({ type: 'start', purchase })
    const begun = state.value
    if (accountKey === null || !('purchase' in begun) || begun.purchase !== purchase) {
      tab?.close()
      return
    }
    await takeTurn(handle, accountKey, async () => {
      const known = await readAll(accountKey)
      // Withdrawn, or another's turn, while another tab was at it: it was never sent.
      if (!purchases.value.includes(begun)) {
        tab?.close()
        return
      }
      const other = known.find(
        ({ step, purchase: { attempt } }) => !WITHDRAWN.has(step) && !seen.has(attempt),
      )
      if (other) {
        dispatch({ type: 'met', progress: other })
        dispatch({ type: 'gave-way', attempt: purchase.attempt, to: other.purchase.attempt })
        tab?.close()
        return
      }
      keep(accountKey, begun)
      settle(accountKey, purchase, await send(purchase, accountKey), tab)
    })
  }
}

type Settle = ReturnType<typeof useSettling>

/** What the result of an order means for the tab that was held ready for it. */
function useSettling({ purchases, report }: PurchasesHandle, landed: () => void) {
  return (
    accountKey: string,
    { attempt, way }: Purchase,
    result: CheckoutResult,
    tab: PaymentTab | null,
  ): void => {
    report(accountKey, attempt, result)
    const now = purchases.value.find(({ purchase }) => purchase.attempt === attempt)
    // Another login, or a Cancel, may have come in between: then nobody wants the page any more.
    if (now?.step !== 'opening' || now.purchase.checkoutUrl === null) {
      tab?.close()
      if (result.type === 'charged') landed()
    } else if (tab?.open) {
      tab.go(now.purchase.checkoutUrl)
      report(accountKey, attempt, { type: 'tab-opened' })
      // Of what was to be paid inside our page no tab was asked for: the page waits for a click.
    } else if (way !== 'embedded') report(accountKey, attempt, { type: 'tab-blocked' })
  }
}

const GONE: CheckoutResult = { type: 'refused', code: 'offline' }

type Send = (purchase: Purchase, accountKey: string) => Promise<CheckoutResult>

function useSends(
  context: () => CheckoutContext | null,
  report: Report,
): Record<'checkout' | 'again' | 'charge', Send> {
  const balance = useBalanceStore()
  /** The balance answer lists what the API can do beyond the plain contract. */
  async function known(): Promise<CheckoutContext | null> {
    if (balance.balance === null) await balance.refresh()
    return context()
  }

  return {
    async checkout(purchase, accountKey) {
      const now = await known()
      if (now === null) return GONE
      return createCheckout(now, purchase, (earlier) =>
        report(accountKey, purchase.attempt, { type: 'prepared', ...earlier }),
      )
    },
    async again(purchase) {
      const now = await known()
      return now === null ? { type: 'lost', code: 'offline' } : sendCheckout(now, purchase)
    },
    async charge(purchase) {
      const now = context()
      return now === null ? GONE : chargeCard(now, purchase)
    },
  }
}

/** One order at a time, of all tabs; the next one can read what became of it. */
function takeTurn(
  { written }: PurchasesHandle,
  accountKey: string,
  work: () => Promise<void>,
): Promise<void> {
  const order = async (): Promise<void> => {
    await work()
    await written()
  }
  return inOneTab(`order:${accountKey}`, order, { signal: new AbortController().signal })
}

/**
 * A tab that was killed while it ordered leaves an order whose answer nobody gets. It is recognised
 * when another tab has its turn and the order is still there.
 */
function useOrphans(handle: PurchasesHandle, ours: ReadonlySet<string>): void {
  const { purchases, readAll, report } = handle
  const billing = useBillingAccountStore()
  const creating = computed(() =>
    purchases.value
      .filter(({ step, purchase }) => step === 'creating' && !ours.has(purchase.attempt))
      .map(({ purchase }) => purchase.attempt)
      .join(),
  )
  watch(
    [() => billing.accountKey, creating],
    async ([accountKey, orders]) => {
      if (accountKey === null || orders === '') return
      await takeTurn(handle, accountKey, async () => {
        for (const { step, purchase } of await readAll(accountKey)) {
          if (step === 'creating')
            report(accountKey, purchase.attempt, { type: 'lost', code: null })
        }
      })
    },
    { immediate: true },
  )
}
