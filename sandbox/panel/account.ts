import { centsFromUsdMicros, usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import {
  features as allFeatures,
  type AccountEventBody,
  type CheckoutState,
  type CheckoutStatusBody,
} from '@comfyui-credits/contract/schemas'

const RECEIPTS = 'https://pay.stripe.com/receipts'

interface PanelSession {
  readonly usdMicros: number
  readonly returnUrl: string | undefined
  state: CheckoutState
}

/** An account behind the panel's handlers: the part of the service that the panel can see. */
export class PanelAccount {
  usdMicros: number
  /** No stream, since nothing here would end it. Add one, with its handler, where you need it. */
  features: readonly string[] = allFeatures.filter((feature) => feature !== 'balance_stream')
  events: AccountEventBody[]
  readonly sessions = new Map<string, PanelSession>()
  readonly #byKey = new Map<string, string>()

  constructor(usd: number, events: readonly AccountEventBody[] = []) {
    this.usdMicros = usdMicrosFromUsd(usd)
    this.events = [...events]
  }

  /** The same key is the same session, to be paid inside the page until a payment page replaces it. */
  openEmbedded(usdMicros: number, key: string): string {
    const id = this.#byKey.get(key) ?? this.open(usdMicros)
    this.#byKey.set(key, id)
    return id
  }

  open(usdMicros: number, returnUrl?: string): string {
    const id = `cs_test_panel_${this.sessions.size + 1}`
    this.sessions.set(id, { usdMicros, returnUrl, state: 'open' })
    return id
  }

  /** What Stripe's webhook does: the credits are there, and an event says so. */
  pay(sessionId: string, at = new Date()): void {
    const session = this.sessions.get(sessionId)
    if (!session || session.state === 'credited') return
    session.state = 'credited'
    this.usdMicros += session.usdMicros
    const extended = this.features.length > 0
    this.events.unshift({
      event_id: `credit-${sessionId}`,
      event_type: 'credit_added',
      createdAt: at.toISOString(),
      params: {
        amount: centsFromUsdMicros(session.usdMicros),
        transaction_id: `pi_${sessionId}`,
        ...(extended ? { session_id: sessionId } : {}),
      },
    })
  }

  status(sessionId: string): CheckoutStatusBody | null {
    const session = this.sessions.get(sessionId)
    return session
      ? {
          session_id: sessionId,
          state: session.state,
          amount_micros: session.usdMicros,
          receipt_url: session.state === 'credited' ? `${RECEIPTS}/${sessionId}` : null,
        }
      : null
  }
}
