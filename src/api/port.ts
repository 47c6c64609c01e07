import type * as z from 'zod/mini'
import type { Endpoint } from '@comfyui-credits/contract/endpoints'
import type { AuthHeaders, FreshOptions } from '../host/port.ts'

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
    /**
     * The server's own code and words where it gave any; `retryAfterSeconds` of a 429 or 503; `date`
     * where the page may read that header.
     */
    readonly details: {
      readonly status?: number
      readonly serverCode?: string
      readonly serverMessage?: string
      readonly retryAfterSeconds?: number
      readonly date?: string
    } = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** Notified of the changes of a balance (contract/balance-stream.ts). */
export interface ChangesListener {
  /** Changes are reported from now on. Earlier ones need a request. */
  readonly opened: () => void
  readonly changed: () => void
  readonly closed: () => void
}

/** Who sends a request, and where to. */
export interface Caller {
  /** Origin (and path), without a trailing slash. The credentials go nowhere else. */
  readonly base: string
  readonly authHeaders: (options: FreshOptions) => Promise<AuthHeaders | null>
  /** The login's own, which are never sent: they show the clock where the host gives out no others. */
  readonly loginHeaders?: () => Promise<AuthHeaders | null>
  /** Whether the login, and the billing account, are still those that this is asked for. */
  readonly isCurrent: () => boolean
}

export interface CallInput extends CallOptions {
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  readonly pathParameters?: Readonly<Record<string, string>>
}

export type Call = <E extends Endpoint>(
  endpoint: E,
  input?: CallInput,
) => Promise<z.infer<E['response']>>

/** Opens a stream of server-sent events for `caller`, or says why there is none. */
export type OpenCallerStream = (
  caller: Caller,
  path: string,
  signal: AbortSignal,
) => Promise<ReadableStream<Uint8Array> | ApiError>

/** When the service made an answer, by its own clock, and how long that took in all. */
export interface AnswerTime {
  readonly base: string
  /** Epoch milliseconds, cut to the second. */
  readonly date: number
  readonly tookMs: number
}

/** The client behind the contract: the only way from stores and billing accounts to the network. */
export interface Api {
  readonly call: (caller: Caller) => Call
  readonly openStream: OpenCallerStream
  /** Whether the page's own policy forbids requests to `base`. */
  readonly isBlocked: (base: string) => Promise<boolean>
  /**
   * Called the moment an answer is there whose `Date` this page may read. The function that is
   * returned ends it.
   */
  readonly onAnswerTime: (listener: (time: AnswerTime) => void) => () => void
}
