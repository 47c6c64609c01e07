import { centsFromUsdMicros, usdMicrosFromCents } from '@comfyui-credits/contract/money'
import type { AccountEventBody, CheckoutState } from '@comfyui-credits/contract/schemas'
import * as z from 'zod/mini'
import {
  ApiError,
  type Api,
  type Call,
  type Caller,
  type CallInput,
} from '../../../src/api/port.ts'
import type { Browser, Tab } from './browser.ts'

/**
 * - `extended`: our service, with keys, sessions that can be asked about, and named events.
 * - `plain`: ComfyUI's own contract, which has none of these.
 * - `workspace`: our service for a workspace, with a saved card.
 */
export type Contract = 'extended' | 'plain' | 'workspace'

/** What becomes of one call, in the order the calls are made. */
export type Trouble =
  | 'none'
  /** It does not arrive. */
  | 'offline'
  /** It does, and the answer is lost, or is none that makes sense. */
  | 'answer lost'
  | 'answer garbled'
  /** It arrives when its tab has long given up. */
  | 'late'
  /** Some proxy sends it twice. */
  | 'doubled'
  | 'too many'
  | 'refused'
  | 'server'

export interface Session {
  readonly id: string
  readonly url: string
  /** The idempotency key; null where the contract has none. */
  readonly attempt: string | null
  readonly usdMicros: number
  state: CheckoutState
  /** Whether anybody can pay it: its address has come through. */
  seen: boolean
}

export interface Charge {
  readonly id: string
  readonly attempt: string
  readonly usdMicros: number
  state: 'pending' | 'succeeded' | 'failed'
}

export interface AskedAbout {
  readonly tab: Tab
  /** A session's or an operation's id. */
  readonly id: string
}

/** What the service does for an endpoint. */
interface Answer {
  readonly carryOut: (input: CallInput) => unknown
  /** Whether twice is the same as once. It is, unless this says otherwise. */
  readonly isSafe?: (input: CallInput) => boolean
  /** The path parameter that names what is asked about. */
  readonly id?: string
}

const purchaseBody = z.object({ amount_micros: z.number() })
const chargeBody = z.object({ amount_cents: z.number(), idempotency_key: z.string() })
/** Where the balance could not be read, nobody knows that the service takes keys. */
const topUpBody = z.object({
  amount_cents: z.number(),
  idempotency_key: z.optional(z.string()),
})

/** What no property is about: answered at once, and never in trouble. */
const instantAnswers: Readonly<Record<string, unknown>> = {
  'GET /api/billing/capabilities': { capabilities: { can_top_up: true, can_manage_billing: true } },
  'GET /api/billing/payment-methods': [
    { id: 'card', type: 'card', is_default: true, brand: 'visa', last4: '4242' },
  ],
}

/** Our own time-out (src/api/call.ts). */
const TIMEOUT_MS = 20_000
const LATE_MS = 25_000

/** The service, Stripe behind it, and the network between them and the tabs. */
export class MoneyService {
  readonly sessions: Session[] = []
  readonly charges: Charge[] = []
  readonly events: AccountEventBody[] = []
  usdMicros = 10_000_000
  latencyMs = 80
  troubles: Trouble[] = []
  calls = 0
  onAsked: (asked: AskedAbout) => void = () => {}
  /** Called when a session or a charge was made. */
  onMade: (made: { readonly attempt: string | null; readonly usdMicros: number }) => void = () => {}

  constructor(
    readonly browser: Browser,
    readonly contract: Contract,
    /** How far its clock is from the browser's. */
    readonly skewMs: number,
  ) {}

  /** The person pays; the credits come when Stripe has sent its webhook. */
  pay(session: Session, webhookMs: number): void {
    if (session.state !== 'open' || !session.seen) return
    session.state = 'processing'
    this.browser.later(null, webhookMs, () => {
      if (session.state === 'processing') this.credit(session)
    })
  }

  end(session: Session, state: 'expired' | 'failed'): void {
    const from: CheckoutState = state === 'expired' ? 'open' : 'processing'
    if (session.state === from) session.state = state
  }

  decide(charge: Charge, outcome: 'succeeded' | 'failed'): void {
    if (charge.state !== 'pending') return
    charge.state = outcome
    if (outcome === 'succeeded') this.add(charge.usdMicros, charge.id, null)
  }

  see(url: string): void {
    for (const session of this.sessions) if (session.url === url) session.seen = true
  }

  /** The client of one tab: an answer by the endpoint's method and path. */
  apiFor(tab: Tab): Api {
    return {
      call: (caller) => this.callFrom(tab, caller),
      openStream: () => Promise.resolve(failure('not-found')),
      isBlocked: () => Promise.resolve(false),
      // Its answers name no time.
      onAnswerTime: () => () => {},
    }
  }

  private callFrom(tab: Tab, caller: Caller): Call {
    return async (endpoint, input = {}) => {
      const route = `${endpoint.method} ${endpoint.path}`
      const instant = instantAnswers[route]
      const answer = this.answers[route]
      const body =
        instant ??
        (answer
          ? await this.send(tab, caller, input, answer)
          : await Promise.reject(failure('not-found')))
      // Safe: `response` is the schema of this very endpoint, a link TypeScript loses over a generic.
      return endpoint.response.parse(body) as z.infer<(typeof endpoint)['response']>
    }
  }

  /** Both billing accounts' endpoints; only those of one are asked. */
  private readonly answers: Readonly<Record<string, Answer>> = {
    'GET /customers/balance': { carryOut: () => this.balance() },
    'GET /api/billing/balance': { carryOut: () => this.balance() },
    'GET /customers/events': { carryOut: ({ query }) => this.page(query) },
    'GET /api/billing/events': { carryOut: ({ query }) => this.page(query) },
    'POST /customers/credit': {
      // Without a key a proxy's second request would be a second purchase.
      isSafe: ({ headers }) => headers?.['Idempotency-Key'] !== undefined,
      carryOut: ({ body, headers }) =>
        this.open(purchaseBody.parse(body).amount_micros, headers?.['Idempotency-Key'] ?? null),
    },
    'POST /api/billing/topup/checkout': {
      carryOut: ({ body }) => {
        const { amount_cents, idempotency_key } = topUpBody.parse(body)
        return this.open(usdMicrosFromCents(amount_cents), idempotency_key ?? null)
      },
    },
    'GET /customers/credit/:session_id': {
      id: 'session_id',
      carryOut: ({ pathParameters }) => this.status(pathParameters?.['session_id'] ?? ''),
    },
    'GET /api/billing/topup/checkout/:session_id': {
      id: 'session_id',
      carryOut: ({ pathParameters }) => this.status(pathParameters?.['session_id'] ?? ''),
    },
    'POST /api/billing/topup': {
      carryOut: ({ body }) => {
        const { amount_cents, idempotency_key } = chargeBody.parse(body)
        return this.charge(usdMicrosFromCents(amount_cents), idempotency_key)
      },
    },
    'GET /api/billing/ops/:id': {
      id: 'id',
      carryOut: ({ pathParameters }) => {
        const { id, state } = this.chargeOf(pathParameters?.['id'] ?? '')
        return { id, status: state }
      },
    },
  }

  private send(
    tab: Tab,
    caller: Caller,
    input: CallInput,
    { carryOut, isSafe = () => true, id }: Answer,
  ): Promise<unknown> {
    const asked = id === undefined ? undefined : input.pathParameters?.[id]
    if (asked !== undefined) this.onAsked({ tab, id: asked })
    return new Promise((resolve, reject) => {
      const { browser, latencyMs } = this
      if (!browser.effect(tab)) return
      this.calls += 1
      input.signal?.addEventListener('abort', () => reject(failure('cancelled')))
      const trouble = this.troubles.shift() ?? 'none'
      const answer = (ms: number, settle: () => void): void => {
        browser.later(tab, ms, () => {
          if (caller.isCurrent()) settle()
          else reject(failure('cancelled'))
        })
      }
      const refusal = refusals[trouble]
      if (refusal) return answer(2 * latencyMs, () => reject(refusal()))
      if (trouble === 'late') {
        browser.later(null, LATE_MS, () => tryTo(() => carryOut(input)))
        return answer(TIMEOUT_MS, () => reject(failure('timeout')))
      }
      browser.later(null, latencyMs, () => {
        const outcome = tryTo(() => carryOut(input))
        if (trouble === 'doubled' && isSafe(input)) tryTo(() => carryOut(input))
        if (trouble === 'answer lost') {
          return answer(TIMEOUT_MS, () => reject(failure('timeout')))
        }
        answer(latencyMs, () => {
          if (trouble === 'answer garbled') reject(failure('unreadable'))
          else if ('error' in outcome) reject(outcome.error)
          else resolve(outcome.value)
        })
      })
    })
  }

  private balance() {
    return {
      amount_micros: centsFromUsdMicros(this.usdMicros),
      currency: 'usd',
      features: this.contract === 'plain' ? [] : ['return_url', 'idempotency', 'checkout_status'],
    }
  }

  private open(usdMicros: number, attempt: string | null) {
    let session = this.sessions.find((each) => attempt !== null && each.attempt === attempt)
    if (!session) {
      const id = `cs_${this.sessions.length + 1}`
      const url = `https://checkout.stripe.com/${id}`
      session = { id, url, attempt, usdMicros, state: 'open', seen: false }
      this.sessions.push(session)
      this.onMade(session)
    }
    return {
      checkout_url: session.url,
      ...(this.contract === 'plain' ? {} : { session_id: session.id }),
    }
  }

  private status(id: string) {
    const session = this.sessions.find((each) => each.id === id)
    if (!session) throw failure('not-found')
    return { session_id: id, state: session.state, amount_micros: session.usdMicros }
  }

  private charge(usdMicros: number, attempt: string) {
    let charge = this.charges.find((each) => each.attempt === attempt)
    if (!charge) {
      charge = { id: `op_${this.charges.length + 1}`, attempt, usdMicros, state: 'pending' }
      this.charges.push(charge)
      this.onMade({ attempt, usdMicros })
    }
    const { id } = charge
    return {
      billing_op_id: id,
      topup_id: id,
      status: 'pending',
      amount_cents: centsFromUsdMicros(usdMicros),
    }
  }

  private chargeOf(id: string): Charge {
    const charge = this.charges.find((each) => each.id === id)
    if (!charge) throw failure('not-found')
    return charge
  }

  private credit(session: Session): void {
    session.state = 'credited'
    this.add(session.usdMicros, `pi_${session.id}`, session.id)
  }

  private add(usdMicros: number, transactionId: string, sessionId: string | null): void {
    this.usdMicros += usdMicros
    this.events.unshift({
      event_id: `event-${this.events.length + 1}`,
      event_type: 'credit_added',
      createdAt: new Date(this.browser.now + this.skewMs).toISOString(),
      params: {
        amount: centsFromUsdMicros(usdMicros),
        transaction_id: transactionId,
        ...(sessionId === null || this.contract === 'plain' ? {} : { session_id: sessionId }),
      },
    })
  }

  private page({ page: asked, limit: most }: CallInput['query'] = {}) {
    const { events } = this
    const [page, limit] = [Number(asked), Number(most)]
    return {
      total: events.length,
      page,
      limit,
      totalPages: Math.ceil(events.length / limit),
      events: events.slice((page - 1) * limit, page * limit),
    }
  }
}

function failure(code: ApiError['code'], details: ApiError['details'] = {}): ApiError {
  return new ApiError(code, code, details)
}

/** By these the service has certainly not been reached, or has done nothing. */
const refusals: Partial<Record<Trouble, () => ApiError>> = {
  offline: () => failure('offline'),
  'too many': () => failure('rate-limited', { retryAfterSeconds: 30 }),
  refused: () => failure('unauthorized'),
  server: () => failure('server'),
}

type Attempted<T> = { readonly value: T } | { readonly error: ApiError }

function tryTo<T>(carryOut: () => T): Attempted<T> {
  try {
    return { value: carryOut() }
  } catch (error) {
    if (error instanceof ApiError) return { error }
    throw error
  }
}
