import type {
  BalanceBody,
  CheckoutStatusBody,
  EmbeddedPurchaseBody,
  EventsPageBody,
  PurchaseBody,
} from '@comfyui-credits/contract/schemas'
import type { RecoveryAction } from '@comfyui-credits/contract/top-up'
import type { CallOptions, ChangesListener } from '../api/port.ts'
import type { Workspace } from '../host/port.ts'

/** What the person may do with a billing account. */
export interface Rights {
  readonly canTopUp: boolean
  /** Invoices and cards. */
  readonly canManageBilling: boolean
  /** Why they may not top up: one of the contract's `topUpDenials` or a newer reason; null for none. */
  readonly topUpDenial: string | null
  /**
   * Why no run that costs credits may start: one of the contract's `runDenials` or
   * `billingStatuses`, or a newer reason; null where they may, or nobody says why not.
   */
  readonly runDenial: string | null
  /** Names of who can change what is denied; empty where nothing is, or that is not known. */
  readonly owners: readonly string[]
}

/**
 * Why the account refused a run, as it said right after: it belongs to that run, whatever the
 * account allows later.
 */
export interface Denial {
  /** One of the contract's `runDenials` or `billingStatuses`, or a newer one; null while unknown. */
  readonly reason: string | null
  /** Names of who could change it; empty where that is not known. */
  readonly owners: readonly string[]
}

export interface SavedCard {
  /** Such as "visa". */
  readonly brand: string | null
  readonly last4: string | null
}

/** How a top-up was paid: on a payment page, or by the saved card. */
export interface PaidBy {
  readonly sessionId: string | null
  readonly operationId: string | null
}

/**
 * How a charge of the saved card stands.
 * - `pending`: the bank, or the service, is at work
 * - `authenticate`: the bank asks the card's holder (3-D Secure), at `actionUrl` where that is known;
 *   `failed` after a try that failed, which may be repeated
 * - `expired`: nobody answered in time
 */
export type ChargeStatus =
  | {
      readonly kind: 'authenticate'
      readonly actionUrl: string | null
      readonly failed: boolean
    }
  | {
      readonly kind: 'pending' | 'succeeded' | 'failed' | 'expired'
      /** What would help, where the service says so. */
      readonly recovery: RecoveryAction | null
    }

/** Top-ups without a payment page. */
export interface CardCharging {
  /** The card that a charge would go to; null when none is saved. */
  savedCard(options?: CallOptions): Promise<SavedCard | null>
  /**
   * Moves money. The same `attempt` again is the same charge. Answers with the operation to ask
   * about; rejects with the server code `NO_PAYMENT_METHOD`, or `card-declined`.
   */
  charge(request: { usdMicros: number; attempt: string }): Promise<string>
  operation(id: string): Promise<ChargeStatus>
}

/**
 * What pays for the next run. A billing account is of one login and one workspace: when either has
 * changed, its methods reject as `cancelled`. Every method rejects with an ApiError and nothing
 * else.
 */
export interface BillingAccount {
  readonly kind: 'customer' | 'workspace'
  /** Null where the host has no workspaces (up to ComfyUI 1.50). */
  readonly workspace: Workspace | null
  /** Origin of the API that it is asked from. */
  readonly base: string
  /** A new customer (404) has a balance of 0. */
  balance(options?: CallOptions): Promise<BalanceBody>
  /**
   * Reports changes until `signal` ends it; resolves to `absent` if the service has no such stream
   * after all. Only with feature `balance_stream`.
   */
  changes(listener: ChangesListener, signal: AbortSignal): Promise<'ended' | 'absent'>
  events(query: { page: number; limit: number }, options?: CallOptions): Promise<EventsPageBody>
  /**
   * Starts a top-up of `usdMicros` (whole dollars on the plain contract) on a payment page.
   * `returnUrl` and `idempotencyKey` are only given when the balance answer listed those features.
   */
  checkout(
    request: { usdMicros: number; returnUrl?: string; idempotencyKey?: string },
    options?: CallOptions,
  ): Promise<PurchaseBody>
  /**
   * Starts a top-up that is paid inside the page. The same `attempt` again is the same one, for as
   * long as it can be paid; then it rejects as `conflict`. As the key of `checkout` the attempt
   * moves it to a payment page. Only with feature `embedded_checkout`.
   */
  embeddedCheckout(
    request: { usdMicros: number; attempt: string },
    options?: CallOptions,
  ): Promise<EmbeddedPurchaseBody>
  /** Only with feature `checkout_status`. */
  checkoutStatus(sessionId: string, options?: CallOptions): Promise<CheckoutStatusBody>
  /**
   * Address of the page with a credited top-up's receipt; null while there is none. Asked for when
   * somebody wants to see it: addresses of receipts expire. Only with feature `receipt`.
   */
  receipt(of: PaidBy, options?: CallOptions): Promise<string | null>
  /** Address of Stripe's billing portal (invoices, receipts). */
  portal(options?: CallOptions): Promise<string>
  rights(options?: CallOptions): Promise<Rights>
  /** When the monthly credits are renewed, as the service writes it; null where it does not say. */
  renewal(options?: CallOptions): Promise<string | null>
  /** Null where every top-up is paid on a payment page. */
  readonly cards: CardCharging | null
}
