import type { ApiErrorCode } from '../../api/port.ts'
import type { RecoveryAction } from '@comfyui-credits/contract/top-up'
import type { SavedCard } from '../../billing-account/port.ts'

/**
 * Purchases from the amount to the credits, as states and one pure reducer. Nothing here knows
 * Vue, a clock, storage or the network: the caller passes what happened, and when.
 *
 * choosing → creating → opening → awaiting → paid → credited
 *               ↓          ↘ blocked ↗  ↘ cancelled, undecided, expired, declined, closed
 *             failed, undecided
 *
 * A saved card needs no payment page: choosing → confirming → creating → paid → credited. Its bank
 * may ask the card's holder in between: paid → authenticating → paid.
 *
 * Paid inside our own page there is nothing to open: choosing → creating → awaiting → paid → credited;
 * its way out is a payment page of Stripe's, from where it is as if it had been on its way to one.
 *
 * What was once asked for stays in the state, however it ends: a purchase that may have been paid
 * is never forgotten, and evidence of its credits is taken at any step.
 */

/** What a person has asked to buy, and what is known of it. Times are epoch milliseconds. */
export interface Purchase {
  /** Names this purchase: in the return address, and to the service as its idempotency key. */
  readonly attempt: string
  readonly way: 'page' | 'card' | 'embedded'
  readonly usdMicros: number
  /** What was there before; null when it was not known. */
  readonly beforeUsdMicros: number | null
  readonly startedAt: number
  /** The saved card that is charged; null on the way by the payment page, or when it is not known. */
  readonly card: SavedCard | null
  /** Null until the payment page is there, and where there is none. */
  readonly checkoutUrl: string | null
  /** Null on the plain contract, and when the saved card is charged. Embedded, a page's takes its place. */
  readonly sessionId: string | null
  /** Of a charge of the saved card. */
  readonly operationId: string | null
  /** Top-ups that were on the account already; none of them is evidence of this purchase. */
  readonly earlierEventIds: readonly string[]
  /** Whether these are all the top-ups there were; not asked for where a session names its own. */
  readonly earlierKnown?: boolean | undefined
  /** Between which times of the service it began; null where that was not known. */
  readonly serverStart?: { readonly low: number; readonly high: number } | null | undefined
}

/** Proof that the credits have landed: the account itself says so. */
export type Evidence =
  | { readonly from: 'checkout-status'; readonly sessionId: string }
  | { readonly from: 'operation'; readonly operationId: string }
  | { readonly from: 'account-event'; readonly eventId: string }
  /** Only for a billing account that lists no events. */
  | { readonly from: 'balance'; readonly usdMicros: number }

/** Why nothing was made. The last three are of the saved card. */
export type FailureCode =
  | ApiErrorCode
  | 'checkout-url-untrusted'
  | 'amount-out-of-bounds'
  | 'no-card'
  | 'card-declined'
  | 'charge-refused'

/** One purchase, since it was asked for. `at` is when it came to this step. */
export type Progress = { readonly purchase: Purchase; readonly at: number } & (
  | {
      readonly step:
        | 'creating'
        | 'opening'
        | 'blocked'
        | 'awaiting'
        | 'cancelled'
        /** The person has put it away. */
        | 'closed'
    }
  | {
      readonly step: 'paid' | 'expired' | 'declined'
      /** What would help, where the service says so. */
      readonly recovery?: RecoveryAction | null | undefined
    }
  /** The bank asks the card's holder, at `actionUrl` where that is known; `failed`: once more. */
  | {
      readonly step: 'authenticating'
      readonly actionUrl: string | null
      readonly failed: boolean
    }
  /** Nobody knows whether it was made, or paid. `code`: why there was no answer. */
  | { readonly step: 'undecided'; readonly code: ApiErrorCode | null }
  /** The service says that nothing was made. */
  | { readonly step: 'failed'; readonly code: FailureCode }
  | { readonly step: 'credited'; readonly afterUsdMicros: number; readonly evidence: Evidence }
)

export type PaymentEvent =
  /** About to be sent; the account's earlier top-ups are known. */
  | {
      readonly type: 'prepared'
      readonly earlierEventIds: readonly string[]
      readonly earlierKnown?: boolean
    }
  | { readonly type: 'created'; readonly checkoutUrl: string; readonly sessionId: string | null }
  /** It can be paid inside our own page. */
  | { readonly type: 'embedded'; readonly sessionId: string }
  | { readonly type: 'charged'; readonly operationId: string }
  | { readonly type: 'refused'; readonly code: FailureCode }
  /** The answer did not come through. */
  | { readonly type: 'lost'; readonly code: ApiErrorCode | null }
  /** The same attempt is sent again. */
  | { readonly type: 'repeated' }
  | { readonly type: 'tab-opened' }
  | { readonly type: 'tab-blocked' }
  /** The person asked for the payment page again. */
  | { readonly type: 'reopened' }
  /** The service: paid by a method that confirms later, or waiting for its own webhook. */
  | { readonly type: 'paid'; readonly recovery?: RecoveryAction | null | undefined }
  /** The bank asks the card's holder. */
  | {
      readonly type: 'authenticate'
      readonly actionUrl: string | null
      readonly failed: boolean
    }
  /** The person came back by the payment page's own way out, and the page is still open. */
  | { readonly type: 'cancelled' }
  | {
      readonly type: 'expired' | 'declined'
      readonly recovery?: RecoveryAction | null | undefined
    }
  | { readonly type: 'gave-up' }
  | { readonly type: 'closed' }
  | { readonly type: 'credited'; readonly evidence: Evidence; readonly afterUsdMicros: number }

/** Before anything is asked for. */
export type Draft =
  | { readonly step: 'choosing' }
  | {
      readonly step: 'confirming'
      readonly usdMicros: number
      /** Null when it is not known which it is. */
      readonly card: SavedCard | null
    }

/** What the popup shows. */
export type PurchaseState = Draft | Progress

/** All purchases of one billing account, newest first, and which of them the popup shows. */
export interface PurchasesState {
  readonly draft: Draft
  /** An attempt; null shows the draft. */
  readonly shown: string | null
  readonly purchases: readonly Progress[]
}

export type PurchaseAction =
  | { readonly type: 'confirm'; readonly usdMicros: number; readonly card: SavedCard | null }
  | { readonly type: 'start'; readonly purchase: Purchase }
  | {
      readonly type: 'payment-event'
      readonly attempt: string
      readonly event: PaymentEvent
      readonly at: number
    }
  | { readonly type: 'show'; readonly attempt: string | null }
  /** Another billing account's purchases, or this one's as they were stored. */
  | {
      readonly type: 'loaded'
      readonly purchases: readonly Progress[]
      readonly shown: string | null
    }
  /** As another tab has it. */
  | { readonly type: 'met'; readonly progress: Progress }
  /** Another tab was first: ours was not sent. */
  | { readonly type: 'gave-way'; readonly attempt: string; readonly to: string }

export const noPurchases: PurchasesState = {
  draft: { step: 'choosing' },
  shown: null,
  purchases: [],
}

export function currentState(purchasesState: PurchasesState): PurchaseState {
  return findProgress(purchasesState, purchasesState.shown) ?? purchasesState.draft
}

export function findProgress(
  purchasesState: PurchasesState,
  attempt: string | null,
): Progress | null {
  return purchasesState.purchases.find(({ purchase }) => purchase.attempt === attempt) ?? null
}

/** Actions that do not fit the state change nothing: they come late, twice or from another tab. */
export function purchaseFlow(
  purchasesState: PurchasesState,
  action: PurchaseAction,
): PurchasesState {
  switch (action.type) {
    case 'confirm': {
      const { usdMicros, card } = action
      if (!mayChoose(currentState(purchasesState))) return purchasesState
      return { ...purchasesState, shown: null, draft: { step: 'confirming', usdMicros, card } }
    }
    case 'start':
      return start(purchasesState, action.purchase)
    case 'payment-event':
      return replace(purchasesState, action.attempt, (progress) =>
        follow(progress, action.event, action.at),
      )
    case 'show':
      if (action.attempt === null)
        return { ...purchasesState, draft: noPurchases.draft, shown: null }
      return findProgress(purchasesState, action.attempt)
        ? { ...purchasesState, shown: action.attempt }
        : purchasesState
    case 'loaded':
      return { ...noPurchases, purchases: action.purchases, shown: action.shown }
    case 'met':
      return meet(purchasesState, action.progress)
    case 'gave-way': {
      const purchases = purchasesState.purchases.filter(
        ({ purchase, step }) => purchase.attempt !== action.attempt || step !== 'creating',
      )
      if (purchases.length === purchasesState.purchases.length) return purchasesState
      return {
        ...purchasesState,
        purchases,
        shown: purchasesState.shown === action.attempt ? action.to : purchasesState.shown,
      }
    }
  }
}

/** Once per click: after the first the popup shows the purchase, and no other can be started. */
function start(purchasesState: PurchasesState, purchase: Purchase): PurchasesState {
  const state = currentState(purchasesState)
  const fits =
    purchase.way === 'card' ? state.step === 'confirming' : mayChoose(state) || mayPayOnPage(state)
  if (!fits || findProgress(purchasesState, purchase.attempt)) return purchasesState
  const progress: Progress = { step: 'creating', purchase, at: purchase.startedAt }
  return {
    ...purchasesState,
    shown: purchase.attempt,
    purchases: [progress, ...purchasesState.purchases],
  }
}

/** A Buy in another tab is shown in place of this tab's form, so that nobody buys twice by mistake. */
function meet(purchasesState: PurchasesState, progress: Progress): PurchasesState {
  const { attempt } = progress.purchase
  if (findProgress(purchasesState, attempt)) {
    return replace(purchasesState, attempt, (known) => newerProgress(known, progress))
  }
  const purchases = [progress, ...purchasesState.purchases].toSorted(
    (a, b) => b.purchase.startedAt - a.purchase.startedAt,
  )
  const instead = currentState(purchasesState).step === 'choosing' && isWaiting(progress)
  return { ...purchasesState, purchases, shown: instead ? attempt : purchasesState.shown }
}

function replace(
  purchasesState: PurchasesState,
  attempt: string,
  change: (progress: Progress) => Progress,
): PurchasesState {
  const before = findProgress(purchasesState, attempt)
  const after = before && change(before)
  if (after === null || after === before) return purchasesState
  return {
    ...purchasesState,
    purchases: purchasesState.purchases.map((progress) => (progress === before ? after : progress)),
  }
}

/** Of two tabs' states of the same purchase: the one that is credited, else the later one. */
export function newerProgress(a: Progress, b: Progress): Progress {
  if (a.step === 'credited' && b.step === 'credited') return b.at < a.at ? b : a
  if (a.step === 'credited') return a
  if (b.step === 'credited') return b
  return b.at > a.at ? b : a
}

/** What the event does to one purchase. */
export function follow(state: Progress, event: PaymentEvent, now: number): Progress {
  if (state.step === 'credited') return state
  const { purchase } = state
  // Tabs compare it to find which of two is the later: a clock that stands, or is put back, must not.
  const at = Math.max(now, state.at + 1)
  if (event.type === 'credited') {
    const { evidence, afterUsdMicros } = event
    return { step: 'credited', purchase, at, evidence, afterUsdMicros }
  }
  if (state.step === 'creating' || isLost(state)) return onUnmade(state, event, at)
  if (state.step === 'closed') return { ...state, purchase: withFacts(purchase, event) }
  return isOpen(state) ? onOpen(state, event, at) : state
}

/** While it is not known that there is a payment page, or a charge. */
function onUnmade(state: Progress, event: PaymentEvent, at: number): Progress {
  const purchase = withFacts(state.purchase, event)
  const creating = state.step === 'creating'
  switch (event.type) {
    case 'prepared':
      return creating ? { ...state, purchase } : state
    case 'created':
      return { step: 'opening', purchase, at }
    case 'embedded':
      return purchase.way === 'embedded' ? { step: 'awaiting', purchase, at } : state
    case 'charged':
      return { step: 'paid', purchase, at }
    case 'refused':
      return creating ? { step: 'failed', purchase, code: event.code, at } : state
    case 'lost':
      return creating ? { step: 'undecided', purchase, code: event.code, at } : state
    case 'repeated':
      return creating ? state : { step: 'creating', purchase, at }
    case 'closed':
      // A charge that is under way cannot be called back.
      return creating && purchase.way === 'card' ? state : { step: 'closed', purchase, at }
    default:
      return state
  }
}

function withFacts(purchase: Purchase, event: PaymentEvent): Purchase {
  switch (event.type) {
    case 'prepared':
      return {
        ...purchase,
        earlierEventIds: event.earlierEventIds,
        ...(event.earlierKnown && { earlierKnown: true }),
      }
    case 'created': {
      const way = purchase.way === 'embedded' ? 'page' : purchase.way
      return { ...purchase, way, checkoutUrl: event.checkoutUrl, sessionId: event.sessionId }
    }
    case 'embedded':
      // Comes late when a page has taken its place.
      return purchase.way === 'embedded' ? { ...purchase, sessionId: event.sessionId } : purchase
    case 'charged':
      return { ...purchase, operationId: event.operationId }
    default:
      return purchase
  }
}

function onOpen(state: Progress, event: PaymentEvent, at: number): Progress {
  const { purchase, step } = state
  switch (event.type) {
    case 'created':
      // A page of Stripe's has taken the place of the one inside ours.
      return purchase.way === 'embedded' && step !== 'paid'
        ? { step: 'opening', purchase: withFacts(purchase, event), at }
        : state
    case 'tab-opened':
    case 'reopened':
      // A payment that is already confirming must not fall back to "waiting for you".
      return step === 'paid' || (purchase.checkoutUrl === null && purchase.way !== 'embedded')
        ? state
        : { step: 'awaiting', purchase, at }
    case 'tab-blocked':
      return step === 'opening' ? { step: 'blocked', purchase, at } : state
    case 'paid':
      return onPaid(state, event.recovery ?? null, at)
    case 'authenticate': {
      const { actionUrl, failed } = event
      const known =
        step === 'authenticating' && state.actionUrl === actionUrl && state.failed === failed
      return known || purchase.way !== 'card'
        ? state
        : { step: 'authenticating', purchase, at, actionUrl, failed }
    }
    case 'cancelled':
      return step === 'paid' ? state : { step: 'cancelled', purchase, at }
    case 'expired':
    case 'declined':
      return { step: event.type, purchase, at, recovery: event.recovery ?? null }
    case 'gave-up':
      return isWaiting(state) ? { step: 'undecided', purchase, code: null, at } : state
    case 'closed':
      return step === 'paid' ? state : { step: 'closed', purchase, at }
    default:
      return state
  }
}

function onPaid(state: Progress, recovery: RecoveryAction | null, at: number): Progress {
  if (state.step === 'paid' && (state.recovery ?? null) === recovery) return state
  return { step: 'paid', purchase: state.purchase, at, recovery }
}

const ENDS: ReadonlySet<PurchaseState['step']> = new Set([
  'credited',
  'expired',
  'declined',
  'failed',
  'closed',
])

/** Whether this purchase may still bring credits; nobody asks about one that may not. */
export function isOpen(state: Progress): boolean {
  return !ENDS.has(state.step)
}

/** Whether it is polled without the person asking for it. */
export function isWaiting(state: Progress): boolean {
  return isOpen(state) && state.step !== 'cancelled' && state.step !== 'undecided'
}

/** Sent, and nobody knows whether anything was made of it. */
export function isLost(state: PurchaseState): boolean {
  if (state.step !== 'undecided') return false
  const { checkoutUrl, sessionId, operationId } = state.purchase
  return checkoutUrl === null && sessionId === null && operationId === null
}

/** Whether the popup shows the amounts: nothing was asked for, or nothing was made of it. */
function mayChoose(state: PurchaseState): boolean {
  return state.step === 'choosing' || (state.step === 'failed' && state.purchase.way !== 'card')
}

/** While it is not known whether the card was charged, a second way to pay would be a trap. */
export function mayPayOnPage(state: PurchaseState): boolean {
  return state.step === 'confirming' || (state.step === 'failed' && state.purchase.way === 'card')
}

/** Whether the person may put it away; not while money is certainly, or just now, on its way. */
export function mayClose(state: Progress): boolean {
  return isOpen(state) && state.step !== 'paid' && state.step !== 'creating'
}
