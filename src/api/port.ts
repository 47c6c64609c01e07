import type {
  BalanceBody,
  CheckoutStatusBody,
  EventsPageBody,
  PurchaseBody,
} from '../../contract/schemas.ts'

/** Permanent codes of what can go wrong between us and the credits API. */
export type ApiErrorCode =
  | 'offline' // no answer: no network, blocked, or the server is down
  | 'blocked' // the page's own Content Security Policy forbids to ask
  | 'timeout' // no answer in time
  | 'logged-out' // there are no credentials to ask with
  | 'unauthorized' // 401
  | 'payment-required' // 402
  | 'forbidden' // 403
  | 'not-found' // 404
  | 'conflict' // 409
  | 'invalid' // 400, 422
  | 'rate-limited' // 429
  | 'server' // 5xx and all other refusals
  | 'unreadable' // an answer that does not fit the contract
  | 'cancelled' // by us

export class ApiError extends Error {
  override readonly name = 'ApiError'
  constructor(
    readonly code: ApiErrorCode,
    message: string,
    /** The server's own code and words where it gave any; `retryAfterSeconds` of a 429 or 503. */
    readonly details: {
      readonly status?: number
      readonly serverCode?: string
      readonly serverMessage?: string
      readonly retryAfterSeconds?: number
    } = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** The credits API as the stores see it. Every method rejects with an ApiError and nothing else. */
export interface CreditsApi {
  /** A new customer (404) has a balance of 0. */
  balance(options?: CallOptions): Promise<BalanceBody>
  events(query: { page: number; limit: number }, options?: CallOptions): Promise<EventsPageBody>
  /**
   * Starts a top-up of `usdMicros` (whole dollars on the plain contract). `returnUrl` and
   * `idempotencyKey` are only given when the balance answer listed those features.
   */
  purchase(
    request: { usdMicros: number; returnUrl?: string; idempotencyKey?: string },
    options?: CallOptions,
  ): Promise<PurchaseBody>
  /** Only with feature `checkout_status`. */
  checkoutStatus(sessionId: string, options?: CallOptions): Promise<CheckoutStatusBody>
  /** Address of Stripe's billing portal (invoices, receipts). */
  billingPortal(options?: CallOptions): Promise<string>
}
