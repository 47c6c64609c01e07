import type { RecoveryAction } from '@comfyui-credits/contract/top-up'
import { readBalance } from '../../balance/balance.ts'
import type { BillingAccount, ChargeStatus } from '../../billing-account/port.ts'
import { isAbsent, newestEvents } from './account-answers.ts'
import type { CheckoutContext } from './checkout-client.ts'
import { trustedCheckoutUrl } from './checkout-url.ts'
import type { Evidence, Progress, Purchase } from './flow.ts'
import { findCredits, proofByBalance } from './match-credits.ts'

/** A purchase's status by the account. `unclear`: it, or one just like it, was credited. */
export type PaymentStatus =
  | { readonly kind: 'open' | 'unclear' }
  | {
      readonly kind: 'paid' | 'expired' | 'declined'
      readonly recovery?: RecoveryAction | null
    }
  | Extract<ChargeStatus, { kind: 'authenticate' }>
  | { readonly kind: 'credited'; readonly evidence: Evidence }

/**
 * Asks the account about these purchases, by attempt. `spent` are the events that have proved
 * others. Rejects with an ApiError when it cannot be asked just now.
 */
export async function fetchPaymentStatuses(
  context: CheckoutContext,
  purchases: readonly Progress[],
  spent: ReadonlySet<string>,
): Promise<ReadonlyMap<string, PaymentStatus>> {
  const statuses = new Map<string, PaymentStatus>()
  const rest: Progress[] = []
  for (const progress of purchases) {
    const status = await askDirectly(context, progress.purchase)
    if (status) statuses.set(progress.purchase.attempt, status)
    else rest.push(progress)
  }
  if (rest.length === 0) return statuses
  for (const [attempt, status] of await askByTraces(context, rest, spent)) {
    statuses.set(attempt, status)
  }
  return statuses
}

/** Where the service can be asked about this very purchase; null where it cannot, or knows none. */
async function askDirectly(
  context: CheckoutContext,
  purchase: Purchase,
): Promise<PaymentStatus | null> {
  const { sessionId, operationId } = purchase
  try {
    if (operationId !== null && context.billingAccount.cards !== null) {
      return toPaymentStatus(
        context.billingAccount,
        operationId,
        await context.billingAccount.cards.operation(operationId),
      )
    }
    if (sessionId === null || !context.features.has('checkout_status')) return null
    const { state } = await context.billingAccount.checkoutStatus(sessionId)
    if (state === 'credited') {
      return { kind: 'credited', evidence: { from: 'checkout-status', sessionId } }
    }
    const kind = KIND_OF_STATE.get(state)
    return kind === undefined ? null : { kind }
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

function toPaymentStatus(
  { base }: BillingAccount,
  operationId: string,
  status: ChargeStatus,
): PaymentStatus {
  switch (status.kind) {
    case 'succeeded':
      return { kind: 'credited', evidence: { from: 'operation', operationId } }
    case 'authenticate': {
      const { actionUrl } = status
      return { ...status, actionUrl: actionUrl && trustedCheckoutUrl(actionUrl, base) }
    }
    case 'pending':
      return { kind: 'paid', recovery: status.recovery }
    case 'failed':
      return { kind: 'declined', recovery: status.recovery }
    case 'expired':
      return { kind: 'expired', recovery: status.recovery }
  }
}

/** A newer state says nothing to this version: then the account's events and balance do. */
const KIND_OF_STATE: ReadonlyMap<string, 'open' | 'paid' | 'expired' | 'declined'> = new Map([
  ['open', 'open'],
  ['processing', 'paid'],
  ['expired', 'expired'],
  ['failed', 'declined'],
])

/** By what the purchases have left on the account: their events, else the balance itself. */
async function askByTraces(
  context: CheckoutContext,
  purchases: readonly Progress[],
  spent: ReadonlySet<string>,
): Promise<ReadonlyMap<string, PaymentStatus>> {
  const events = await newestEvents(context.billingAccount)
  const statuses = new Map<string, PaymentStatus>()
  const all = purchases.map(({ purchase }) => purchase)
  if (events !== null) {
    const { evidence, unclear } = findCredits(events, all, spent, context.clockOffset())
    for (const attempt of unclear) statuses.set(attempt, { kind: 'unclear' })
    for (const [attempt, found] of evidence) {
      statuses.set(attempt, { kind: 'credited', evidence: found })
    }
    // Where no clock shows that a top-up is new, the balance may.
    if (unclear.size === 0) return statuses
  }
  const balance = readBalance(await context.billingAccount.balance())
  const proof = proofByBalance(all, {
    usdMicros: balance.availableUsdMicros,
    spentUsdMicros: all[0] ? context.spentSince(all[0].startedAt) : null,
  })
  if (proof) statuses.set(proof.attempt, { kind: 'credited', evidence: proof.evidence })
  return statuses
}
