import type { CheckoutState, Feature } from '../../contract/schemas.ts'
import { ApiError, type ApiErrorCode } from '../api/port.ts'
import { readAccountEvent } from '../history/events.ts'
import type { Purse } from '../purse/port.ts'
import { ATTEMPT_PARAMETER } from './channel-name.ts'
import { trustedCheckoutUrl } from './checkout-url.ts'
import { findCredit } from './evidence.ts'
import type { ChargeProblem, Evidence, FailureCode, Purchase } from './flow.ts'

/** A purchase made by a run without our service's help shows among the newest events. */
const EVENTS_TO_SEARCH = 50

export interface RunnerWorld {
  readonly purse: Purse
  readonly returnUrl: string | null
  readonly features: ReadonlySet<Feature>
  readonly now: () => number
}

/** How a purchase stands by the account's own word. */
export type Standing =
  | { readonly kind: 'open' | 'paid' | 'expired' | 'declined' }
  | { readonly kind: 'credited'; readonly evidence: Evidence }

export type Creation =
  | { readonly ok: true; readonly purchase: Purchase; readonly checkoutUrl: string }
  | { readonly ok: false; readonly code: FailureCode }

/** Starts a purchase: one call, one idempotency key, and an address that was looked at. */
export async function createPurchase(
  world: RunnerWorld,
  order: { attempt: string; usdMicros: number; beforeUsdMicros: number | null },
): Promise<Creation> {
  const startedAt = world.now()
  try {
    const earlierEventIds = await earlierTopUps(world)
    const answer = await world.purse.checkout({
      usdMicros: order.usdMicros,
      ...(world.returnUrl !== null && world.features.has('return_url')
        ? { returnUrl: returnAddress(world.returnUrl, order.attempt) }
        : {}),
      ...(world.features.has('idempotency') ? { idempotencyKey: order.attempt } : {}),
    })
    const checkoutUrl = trustedCheckoutUrl(answer.checkout_url, world.purse.base)
    if (checkoutUrl === null) return { ok: false, code: 'checkout-url-untrusted' }
    return {
      ok: true,
      checkoutUrl,
      purchase: {
        attempt: order.attempt,
        usdMicros: order.usdMicros,
        beforeUsdMicros: order.beforeUsdMicros,
        startedAt,
        checkoutUrl,
        sessionId: answer.session_id ?? null,
        operationId: null,
        earlierEventIds,
      },
    }
  } catch (error) {
    return { ok: false, code: failureCode(error) }
  }
}

export type ChargeResult =
  | { readonly ok: true; readonly purchase: Purchase }
  | { readonly ok: false; readonly problem: ChargeProblem }

/** Charges the saved card: however often it is sent, one `attempt` is one charge. */
export async function chargeCard(
  world: RunnerWorld,
  order: { attempt: string; usdMicros: number; beforeUsdMicros: number | null },
): Promise<ChargeResult> {
  if (world.purse.cards === null) return { ok: false, problem: 'no-card' }
  const startedAt = world.now()
  try {
    const operationId = await world.purse.cards.charge(order)
    return {
      ok: true,
      purchase: {
        ...order,
        startedAt,
        operationId,
        checkoutUrl: null,
        sessionId: null,
        earlierEventIds: [],
      },
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { ok: false, problem: chargeProblem(error) }
  }
}

function chargeProblem({ code, details }: ApiError): ChargeProblem {
  if (details.serverCode === 'NO_PAYMENT_METHOD') return 'no-card'
  if (details.serverCode === 'card-declined' || code === 'payment-required') return 'card-declined'
  return REFUSALS.has(code) ? 'refused' : 'unsure'
}

/** Codes by which the service says that it did nothing. */
const REFUSALS: ReadonlySet<ApiErrorCode> = new Set([
  'logged-out',
  'unauthorized',
  'forbidden',
  'not-found',
  'invalid',
  'rate-limited',
])

function returnAddress(page: string, attempt: string): string {
  const url = new URL(page)
  url.searchParams.set(ATTEMPT_PARAMETER, attempt)
  return url.href
}

/** Asks the account. Rejects with an ApiError when it cannot be asked just now. */
export async function askStanding(world: RunnerWorld, purchase: Purchase): Promise<Standing> {
  const { sessionId, operationId } = purchase
  if (operationId !== null && world.purse.cards !== null) {
    const status = await world.purse.cards.operation(operationId)
    return status === 'succeeded'
      ? { kind: 'credited', evidence: { from: 'operation', operationId } }
      : { kind: status === 'failed' ? 'declined' : 'paid' }
  }
  if (sessionId !== null && world.features.has('checkout_status')) {
    const { state } = await world.purse.checkoutStatus(sessionId)
    return state === 'credited'
      ? { kind: 'credited', evidence: { from: 'checkout-status', sessionId } }
      : { kind: standingOf[state] }
  }
  const evidence = findCredit(await newestEvents(world.purse), purchase)
  return evidence ? { kind: 'credited', evidence } : { kind: 'open' }
}

const standingOf = {
  open: 'open',
  processing: 'paid',
  expired: 'expired',
  failed: 'declined',
} as const satisfies Record<
  Exclude<CheckoutState, 'credited'>,
  Exclude<Standing['kind'], 'credited'>
>

/** Only needed where credits are recognised by their amount, not by their session. */
async function earlierTopUps(world: RunnerWorld): Promise<string[]> {
  if (world.features.has('checkout_status')) return []
  const events = await newestEvents(world.purse)
  return events.filter((event) => event.type === 'credit_added').map((event) => event.id)
}

async function newestEvents(purse: Purse) {
  const page = await purse.events({ page: 1, limit: EVENTS_TO_SEARCH })
  return page.events.map(readAccountEvent)
}

function failureCode(error: unknown): FailureCode {
  if (!(error instanceof ApiError)) throw error
  return error.details.serverCode === 'amount-out-of-bounds' ? 'amount-out-of-bounds' : error.code
}
