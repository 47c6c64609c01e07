import type { ApiErrorCode } from '../api/port.ts'
import type { SavedCard } from '../purse/port.ts'

/**
 * A purchase from the amount to the credits, as states and one pure reducer. Nothing here knows
 * Vue, a clock or the network: the runner tells it what happened.
 *
 * choosing → creating → opening → awaiting → paid → credited
 *                          ↘ blocked ↗          ↘ cancelled, expired, declined, undecided
 *
 * A workspace's saved card needs no payment page:
 * choosing → confirming → charging → paid
 */

/** A purchase the payment page exists for, or that the saved card was charged for. Times are epoch milliseconds. */
export interface Purchase {
  /** Names this purchase: in the return address, and to the service as its idempotency key. */
  readonly attempt: string
  readonly usdMicros: number
  /** What was there before; null when it was not known. */
  readonly beforeUsdMicros: number | null
  readonly startedAt: number
  /** Null when the saved card was charged. */
  readonly checkoutUrl: string | null
  /** Null on the plain contract, and when the saved card was charged. */
  readonly sessionId: string | null
  /** Of a charge of the saved card. */
  readonly operationId: string | null
  /** Top-ups that were on the account already; one of them is no evidence of this purchase. */
  readonly earlierEventIds: readonly string[]
}

/** Proof that the credits have landed: the account itself says so. */
export type Evidence =
  | { readonly from: 'checkout-status'; readonly sessionId: string }
  | { readonly from: 'operation'; readonly operationId: string }
  | { readonly from: 'account-event'; readonly eventId: string }

export type FailureCode = ApiErrorCode | 'checkout-url-untrusted' | 'amount-out-of-bounds'

/**
 * Why the saved card was not charged. `no-card` and `card-declined` are the service's word that
 * nothing was; after `unsure` the same attempt must be sent again, never another one.
 */
export type ChargeProblem = 'no-card' | 'card-declined' | 'refused' | 'unsure'

export type PurchaseState =
  | { readonly step: 'choosing'; readonly failure: FailureCode | null }
  | {
      readonly step: 'confirming'
      readonly attempt: string
      readonly usdMicros: number
      /** Null when it is not known which it is. */
      readonly card: SavedCard | null
      readonly problem: ChargeProblem | null
    }
  | {
      readonly step: 'charging'
      readonly attempt: string
      readonly usdMicros: number
      readonly card: SavedCard | null
    }
  | { readonly step: 'creating'; readonly attempt: string; readonly usdMicros: number }
  | { readonly step: 'opening'; readonly purchase: Purchase }
  | { readonly step: 'blocked'; readonly purchase: Purchase }
  | { readonly step: 'awaiting'; readonly purchase: Purchase }
  | { readonly step: 'paid'; readonly purchase: Purchase }
  | { readonly step: 'undecided'; readonly purchase: Purchase }
  | { readonly step: 'cancelled'; readonly purchase: Purchase }
  | { readonly step: 'expired' }
  | { readonly step: 'declined' }
  | {
      readonly step: 'credited'
      readonly usdMicros: number
      readonly beforeUsdMicros: number | null
      readonly afterUsdMicros: number
      readonly evidence: Evidence
    }

export type PurchaseEvent =
  | { readonly type: 'buy'; readonly attempt: string; readonly usdMicros: number }
  | {
      readonly type: 'confirm'
      readonly attempt: string
      readonly usdMicros: number
      readonly card: SavedCard | null
    }
  | { readonly type: 'charge' }
  | { readonly type: 'charged'; readonly attempt: string; readonly purchase: Purchase }
  | { readonly type: 'not-charged'; readonly attempt: string; readonly problem: ChargeProblem }
  | { readonly type: 'created'; readonly attempt: string; readonly purchase: Purchase }
  | { readonly type: 'refused'; readonly attempt: string; readonly code: FailureCode }
  | { readonly type: 'tab-opened' }
  | { readonly type: 'tab-blocked' }
  /** The service: paid by a method that confirms later, or waiting for its own webhook. */
  | { readonly type: 'paid' }
  /** The person came back by the payment page's own way out, and the page is still open. */
  | { readonly type: 'cancelled' }
  | { readonly type: 'expired' }
  | { readonly type: 'declined' }
  | { readonly type: 'credited'; readonly evidence: Evidence; readonly afterUsdMicros: number }
  | { readonly type: 'gave-up' }
  /** The person wants the payment page again. */
  | { readonly type: 'reopened' }
  | { readonly type: 'reset' }

export const initialPurchase: PurchaseState = { step: 'choosing', failure: null }

/** Events that do not fit the state change nothing: they come late, twice or from another tab. */
export function purchaseFlow(state: PurchaseState, event: PurchaseEvent): PurchaseState {
  switch (event.type) {
    case 'reset':
      return initialPurchase
    case 'buy':
      return state.step === 'choosing' || mayPayOnPage(state)
        ? { step: 'creating', attempt: event.attempt, usdMicros: event.usdMicros }
        : state
    case 'confirm':
    case 'charge':
    case 'charged':
    case 'not-charged':
      return chargeFlow(state, event)
    case 'created':
      return isAttempt(state, event.attempt) ? { step: 'opening', purchase: event.purchase } : state
    case 'refused':
      return isAttempt(state, event.attempt) ? { step: 'choosing', failure: event.code } : state
    default: {
      const purchase = pendingPurchase(state)
      return purchase === null ? state : onPending(state, purchase, event)
    }
  }
}

type ChargeEvent = Extract<
  PurchaseEvent,
  { readonly type: 'confirm' | 'charge' | 'charged' | 'not-charged' }
>

function chargeFlow(state: PurchaseState, event: ChargeEvent): PurchaseState {
  if (event.type === 'confirm') {
    const { attempt, usdMicros, card } = event
    return state.step === 'choosing'
      ? { step: 'confirming', attempt, usdMicros, card, problem: null }
      : state
  }
  if (event.type === 'charge') {
    if (state.step !== 'confirming' || !mayCharge(state)) return state
    const { attempt, usdMicros, card } = state
    return { step: 'charging', attempt, usdMicros, card }
  }
  if (state.step !== 'charging' || state.attempt !== event.attempt) return state
  if (event.type === 'charged') return { step: 'paid', purchase: event.purchase }
  return { ...state, step: 'confirming', problem: event.problem }
}

type Confirming = Extract<PurchaseState, { readonly step: 'confirming' }>

/** The service remembers a refused attempt as refused: only an unsure one is worth a repetition. */
export function mayCharge({ problem }: Confirming): boolean {
  return problem === null || problem === 'unsure'
}

/** The line was cut, or the service had a problem, after the charge was asked for. */
export function isUnsure(state: PurchaseState): boolean {
  return state.step === 'confirming' && state.problem === 'unsure'
}

/** While it is not known whether the card was charged, a second way to pay would be a trap. */
export function mayPayOnPage(state: PurchaseState): boolean {
  return state.step === 'confirming' && !isUnsure(state)
}

/** The purchase that may still bring credits; null in the states where none can come. */
export function pendingPurchase(state: PurchaseState): Purchase | null {
  return 'purchase' in state ? state.purchase : null
}

/** Whether the account should be asked about it without being told to. */
export function isWaiting(state: PurchaseState): boolean {
  return ['opening', 'blocked', 'awaiting', 'paid'].includes(state.step)
}

type PendingEvent = Exclude<
  PurchaseEvent,
  { readonly type: 'reset' | 'buy' | 'created' | 'refused' } | ChargeEvent
>

function onPending(state: PurchaseState, purchase: Purchase, event: PendingEvent): PurchaseState {
  switch (event.type) {
    case 'tab-opened':
    case 'reopened':
      // A payment that is already confirming must not fall back to "waiting for you".
      return state.step === 'paid' ? state : { step: 'awaiting', purchase }
    case 'tab-blocked':
      return state.step === 'opening' ? { step: 'blocked', purchase } : state
    case 'paid':
      return { step: 'paid', purchase }
    case 'cancelled':
      return state.step === 'paid' ? state : { step: 'cancelled', purchase }
    case 'expired':
      return { step: 'expired' }
    case 'declined':
      return { step: 'declined' }
    case 'gave-up':
      return state.step === 'cancelled' ? state : { step: 'undecided', purchase }
    case 'credited':
      return {
        step: 'credited',
        usdMicros: purchase.usdMicros,
        beforeUsdMicros: purchase.beforeUsdMicros,
        afterUsdMicros: event.afterUsdMicros,
        evidence: event.evidence,
      }
  }
}

function isAttempt(state: PurchaseState, attempt: string): boolean {
  return state.step === 'creating' && state.attempt === attempt
}
