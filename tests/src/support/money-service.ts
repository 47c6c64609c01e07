import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { AccountEventBody, CheckoutState } from '@comfyui-credits/contract/schemas'
import { ApiError, type CallOptions } from '../../../src/api/port.ts'
import type { Host } from '../../../src/host/port.ts'
import type { BillingAccount } from '../../../src/billing-account/port.ts'
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

  billingAccountFor(tab: Tab, host: Host): BillingAccount {
    const call = this.callerIn(tab, host)
    const extended = this.contract !== 'plain'
    return {
      kind: this.contract === 'workspace' ? 'workspace' : 'customer',
      workspace: null,
      base: 'https://api.model.invalid',
      balance: (options) =>
        call(
          () => ({
            amount_micros: centsFromUsdMicros(this.usdMicros),
            currency: 'usd',
            features: extended ? ['return_url', 'idempotency', 'checkout_status'] : [],
          }),
          { ...options, safe: true },
        ),
      // It never offers them.
      changes: () => Promise.resolve('absent'),
      events: ({ limit, page }, options) =>
        call(() => this.page(limit, page), { ...options, safe: true }),
      checkout: ({ usdMicros, idempotencyKey = null }) =>
        call(() => this.open(usdMicros, idempotencyKey), { safe: idempotencyKey !== null }),
      embeddedCheckout: () => Promise.reject(new ApiError('not-found', 'Not offered')),
      checkoutStatus: (id, options) => {
        this.onAsked({ tab, id })
        return call(() => this.status(id), { ...options, safe: true })
      },
      receipt: () => Promise.reject(new ApiError('not-found', 'No receipt')),
      portal: () => Promise.reject(new ApiError('not-found', 'No portal')),
      rights: () =>
        Promise.resolve({
          canTopUp: true,
          canManageBilling: true,
          topUpDenial: null,
          runDenial: null,
          owners: [],
        }),
      cards:
        this.contract === 'workspace'
          ? {
              savedCard: () => Promise.resolve({ brand: 'visa', last4: '4242' }),
              charge: ({ usdMicros, attempt }) =>
                call(() => this.charge(usdMicros, attempt), { safe: true }),
              operation: (id) => {
                this.onAsked({ tab, id })
                return call(() => ({ kind: this.chargeOf(id).state, recovery: null }), {
                  safe: true,
                })
              },
            }
          : null,
    }
  }

  private callerIn(tab: Tab, host: Host) {
    const accountId = host.account()?.id
    return <T>(carryOut: () => T, options: CallOptions & { safe: boolean }): Promise<T> =>
      new Promise((resolve, reject) => {
        const { browser, latencyMs } = this
        if (!browser.effect(tab)) return
        this.calls += 1
        options.signal?.addEventListener('abort', () => reject(failure('cancelled')))
        const trouble = this.troubles.shift() ?? 'none'
        const answer = (ms: number, tell: () => void): void => {
          browser.later(tab, ms, () => {
            if (host.account()?.id === accountId) tell()
            else reject(failure('cancelled'))
          })
        }
        const refusal = refusals[trouble]
        if (refusal) return answer(2 * latencyMs, () => reject(refusal()))
        if (trouble === 'late') {
          browser.later(null, LATE_MS, () => tryTo(carryOut))
          return answer(TIMEOUT_MS, () => reject(failure('timeout')))
        }
        browser.later(null, latencyMs, () => {
          const outcome = tryTo(carryOut)
          if (trouble === 'doubled' && options.safe) tryTo(carryOut)
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

  private charge(usdMicros: number, attempt: string): string {
    const known = this.charges.find((each) => each.attempt === attempt)
    if (known) return known.id
    const id = `op_${this.charges.length + 1}`
    this.charges.push({ id, attempt, usdMicros, state: 'pending' })
    this.onMade({ attempt, usdMicros })
    return id
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

  private page(limit: number, page: number) {
    const { events } = this
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
