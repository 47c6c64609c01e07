import type { Feature } from '@comfyui-credits/contract/schemas'
import { ApiError, type ApiErrorCode } from '../../api/port.ts'
import type { BillingAccount } from '../../billing-account/port.ts'
import type { ClockBounds } from '../../reconciliation/best-offset.ts'
import { codeOf, newestEvents } from './account-answers.ts'
import { trustedCheckoutUrl } from './checkout-url.ts'
import type { FailureCode, PaymentEvent, Purchase } from './flow.ts'
import { isTopUp } from './match-credits.ts'
import { ATTEMPT_PARAMETER } from './return-channel.ts'

const BEFORE_REPEAT_MS = 1000

export interface CheckoutContext {
  readonly billingAccount: BillingAccount
  readonly returnUrl: string | null
  readonly features: ReadonlySet<Feature>
  /** What this page's runs have spent since then, in micro-USD; null when it cannot say. */
  readonly spentSince: (at: number) => number | null
  /** How far the service's clock is ahead of this page's time; null where nothing says it. */
  readonly clockOffset: () => ClockBounds | null
}

/** How an order ended, as far as it is known. */
export type CheckoutResult = Extract<
  PaymentEvent,
  { type: 'created' | 'embedded' | 'charged' | 'refused' | 'lost' }
>

/**
 * Has the payment page made: one session, however the line behaves. Where the API takes an
 * idempotency key a lost answer is asked for once more; elsewhere a second call might make a second
 * session, so there is none. `prepared` is called before anything is sent that could make one.
 */
export async function createCheckout(
  context: CheckoutContext,
  purchase: Purchase,
  prepared: (earlier: EarlierTopUps) => void,
): Promise<CheckoutResult> {
  try {
    prepared(await earlierTopUps(context))
  } catch (error) {
    return { type: 'refused', code: codeOf(error) }
  }
  return purchase.way === 'embedded'
    ? sendEmbedded(context, purchase)
    : sendCheckout(context, purchase)
}

/** Whether a purchase can be offered to be paid inside our own page. */
export function mayEmbed({ features }: CheckoutContext): boolean {
  return NEEDED_TO_EMBED.every((feature) => features.has(feature))
}

/** Its way out is the same attempt; and by its session alone, without a return, it is looked for. */
const NEEDED_TO_EMBED = ['embedded_checkout', 'idempotency', 'checkout_status'] as const

/** Where it cannot be paid inside our page the same attempt gets a page of Stripe's. */
async function sendEmbedded(context: CheckoutContext, purchase: Purchase): Promise<CheckoutResult> {
  const embedded = await tryEmbedded(context, purchase)
  const goesOn =
    embedded.type === 'embedded' ||
    ('code' in embedded && embedded.code !== null && OF_THE_ORDER.has(embedded.code))
  if (goesOn) return embedded
  const page = await sendCheckout(context, purchase)
  const unsure = embedded.type === 'lost' && page.type === 'refused' && !isVerdict(page.code)
  return unsure ? embedded : page
}

/** What no other way to pay would change. */
const OF_THE_ORDER: ReadonlySet<FailureCode> = new Set([
  'amount-out-of-bounds',
  'logged-out',
  'unauthorized',
  'payment-required',
  'forbidden',
  'rate-limited',
  'cancelled',
])

async function tryEmbedded(
  { billingAccount }: CheckoutContext,
  { usdMicros, attempt }: Purchase,
): Promise<CheckoutResult> {
  try {
    const { session_id } = await billingAccount.embeddedCheckout({ usdMicros, attempt })
    return { type: 'embedded', sessionId: session_id }
  } catch (error) {
    return failedOrder(error)
  }
}

/** As `createCheckout` on a page, of an attempt that was sent before. Only where the API takes its key. */
export async function sendCheckout(
  context: CheckoutContext,
  purchase: Purchase,
): Promise<CheckoutResult> {
  const first = await tryCheckout(context, purchase)
  if (first.type !== 'lost' || first.code === 'cancelled' || !mayRepeat(context, purchase)) {
    return first
  }
  await new Promise((resolve) => {
    setTimeout(resolve, BEFORE_REPEAT_MS)
  })
  const second = await tryCheckout(context, purchase)
  return second.type === 'refused' && !isVerdict(second.code) ? first : second
}

/**
 * Of an attempt that was sent before: whether the refusal is of the purchase itself. Any other is
 * of this one call, and leaves open what the one before has done.
 */
export function isVerdict(code: FailureCode): boolean {
  return VERDICTS.has(code)
}

const VERDICTS: ReadonlySet<FailureCode> = new Set([
  'checkout-url-untrusted',
  'amount-out-of-bounds',
  'no-card',
  'card-declined',
])

/** Whether the same attempt may be sent again without the risk of a second purchase. */
export function mayRepeat(
  { features, billingAccount }: CheckoutContext,
  { way }: Purchase,
): boolean {
  return way === 'card' ? billingAccount.cards !== null : features.has('idempotency')
}

async function tryCheckout(context: CheckoutContext, purchase: Purchase): Promise<CheckoutResult> {
  try {
    const answer = await context.billingAccount.checkout({
      usdMicros: purchase.usdMicros,
      ...(context.returnUrl !== null && context.features.has('return_url')
        ? { returnUrl: returnAddress(context.returnUrl, purchase.attempt) }
        : {}),
      ...(context.features.has('idempotency') ? { idempotencyKey: purchase.attempt } : {}),
    })
    const checkoutUrl = trustedCheckoutUrl(answer.checkout_url, context.billingAccount.base)
    if (checkoutUrl === null) return { type: 'refused', code: 'checkout-url-untrusted' }
    return { type: 'created', checkoutUrl, sessionId: answer.session_id ?? null }
  } catch (error) {
    return failedOrder(error)
  }
}

function failedOrder(error: unknown): CheckoutResult {
  const code = codeOf(error)
  if (!isRefusal(code)) return { type: 'lost', code }
  const bounds = serverCode(error) === 'amount-out-of-bounds'
  return { type: 'refused', code: bounds ? 'amount-out-of-bounds' : code }
}

/** Charges the saved card: however often it is sent, one `attempt` is one charge. */
export async function chargeCard(
  context: CheckoutContext,
  purchase: Purchase,
): Promise<CheckoutResult> {
  if (context.billingAccount.cards === null) return { type: 'refused', code: 'no-card' }
  try {
    return { type: 'charged', operationId: await context.billingAccount.cards.charge(purchase) }
  } catch (error) {
    const code = codeOf(error)
    if (serverCode(error) === 'NO_PAYMENT_METHOD') return { type: 'refused', code: 'no-card' }
    if (serverCode(error) === 'card-declined' || code === 'payment-required') {
      return { type: 'refused', code: 'card-declined' }
    }
    return isRefusal(code) && code !== 'conflict'
      ? { type: 'refused', code: 'charge-refused' }
      : { type: 'lost', code }
  }
}

/** Codes by which it is certain that the service did nothing. */
const REFUSALS: ReadonlySet<ApiErrorCode> = new Set([
  'blocked',
  'logged-out',
  'unauthorized',
  'payment-required',
  'forbidden',
  'not-found',
  'conflict',
  'invalid',
  'rate-limited',
])

function isRefusal(code: ApiErrorCode): boolean {
  return REFUSALS.has(code)
}

function returnAddress(page: string, attempt: string): string {
  const url = new URL(page)
  url.searchParams.set(ATTEMPT_PARAMETER, attempt)
  return url.href
}

/** Only needed where credits are recognised by their amount, not by their session. */
async function earlierTopUps(context: CheckoutContext): Promise<EarlierTopUps> {
  if (context.features.has('checkout_status')) return { earlierEventIds: [] }
  const events = await newestEvents(context.billingAccount)
  if (events === null) return { earlierEventIds: [] }
  return { earlierEventIds: events.filter(isTopUp).map(({ id }) => id), earlierKnown: true }
}

type EarlierTopUps = Pick<
  Extract<PaymentEvent, { type: 'prepared' }>,
  'earlierEventIds' | 'earlierKnown'
>

function serverCode(error: unknown): string | undefined {
  return error instanceof ApiError ? error.details.serverCode : undefined
}
