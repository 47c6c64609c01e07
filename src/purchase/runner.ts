import type { CheckoutState, Feature } from '../../contract/schemas.ts'
import { ApiError, type CreditsApi } from '../api/port.ts'
import { readAccountEvent } from '../history/events.ts'
import { ATTEMPT_PARAMETER } from './channel-name.ts'
import { trustedCheckoutUrl } from './checkout-url.ts'
import { findCredit } from './evidence.ts'
import type { Evidence, FailureCode, Purchase } from './flow.ts'

/** A purchase made by a run without our service's help shows among the newest events. */
const EVENTS_TO_SEARCH = 50

export interface RunnerWorld {
  readonly api: CreditsApi
  readonly apiBase: string
  readonly returnUrl: string | null
  readonly features: ReadonlySet<Feature>
  readonly now: () => number
}

/** How a purchase stands by the account's own word. */
export type Standing =
  | { readonly kind: 'open' | 'paid' | 'expired' | 'declined' }
  | { readonly kind: 'credited'; readonly evidence: Evidence }

export type Creation =
  | { readonly ok: true; readonly purchase: Purchase }
  | { readonly ok: false; readonly code: FailureCode }

/** Starts a purchase: one call, one idempotency key, and an address that was looked at. */
export async function createPurchase(
  world: RunnerWorld,
  order: { attempt: string; usdMicros: number; beforeUsdMicros: number | null },
): Promise<Creation> {
  const startedAt = world.now()
  try {
    const earlierEventIds = await earlierTopUps(world)
    const answer = await world.api.purchase({
      usdMicros: order.usdMicros,
      ...(world.returnUrl !== null && world.features.has('return_url')
        ? { returnUrl: returnAddress(world.returnUrl, order.attempt) }
        : {}),
      ...(world.features.has('idempotency') ? { idempotencyKey: order.attempt } : {}),
    })
    const checkoutUrl = trustedCheckoutUrl(answer.checkout_url, world.apiBase)
    if (checkoutUrl === null) return { ok: false, code: 'checkout-url-untrusted' }
    return {
      ok: true,
      purchase: {
        attempt: order.attempt,
        usdMicros: order.usdMicros,
        beforeUsdMicros: order.beforeUsdMicros,
        startedAt,
        checkoutUrl,
        sessionId: answer.session_id ?? null,
        earlierEventIds,
      },
    }
  } catch (error) {
    return { ok: false, code: failureCode(error) }
  }
}

function returnAddress(page: string, attempt: string): string {
  const url = new URL(page)
  url.searchParams.set(ATTEMPT_PARAMETER, attempt)
  return url.href
}

/** Asks the account. Rejects with an ApiError when it cannot be asked just now. */
export async function askStanding(world: RunnerWorld, purchase: Purchase): Promise<Standing> {
  const { sessionId } = purchase
  if (sessionId !== null && world.features.has('checkout_status')) {
    const { state } = await world.api.checkoutStatus(sessionId)
    return state === 'credited'
      ? { kind: 'credited', evidence: { from: 'checkout-status', sessionId } }
      : { kind: standingOf[state] }
  }
  const evidence = findCredit(await newestEvents(world.api), purchase)
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
  const events = await newestEvents(world.api)
  return events.filter((event) => event.type === 'credit_added').map((event) => event.id)
}

async function newestEvents(api: CreditsApi) {
  const page = await api.events({ page: 1, limit: EVENTS_TO_SEARCH })
  return page.events.map(readAccountEvent)
}

function failureCode(error: unknown): FailureCode {
  if (!(error instanceof ApiError)) throw error
  return error.details.serverCode === 'amount-out-of-bounds' ? 'amount-out-of-bounds' : error.code
}
