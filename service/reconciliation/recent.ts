import { eq } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import { usdFromUsdMicros, usdMicrosFromCents } from '@comfyui-credits/contract/money'
import { purchases } from '../database/schema.ts'
import { agrees, orderIn } from '../purchases/order-metadata.ts'
import { settleDispute, settleRefunds, type Reversal } from '../purchases/reversal.ts'
import { outcomeOfSession } from '../purchases/session-outcome.ts'
import { reversalTypes, settleReversal } from '../purchases/stripe-events.ts'
import { settleSession } from '../purchases/settle.ts'
import type { PaymentDeps } from '../purchases/payment-deps.ts'
import type { Difference } from './difference.ts'

/** Epoch seconds, as Stripe counts. */
interface Since {
  readonly gte: number
}

const PAGE = 100

/**
 * Refunds and disputes that Stripe has recorded since then, whether or not the event reached us.
 * `onRead` gets the time of each, by Stripe's clock.
 */
export async function* compareEvents(
  deps: PaymentDeps,
  created: Since,
  onRead: (createdSeconds: number) => void = () => {},
): AsyncGenerator<Difference | null> {
  const events = deps.stripe.events.list({ types: [...reversalTypes], created, limit: PAGE })
  for await (const event of events) {
    const settled = await settleReversal(deps, event)
    onRead(event.created)
    const { object } = event.data
    if (settled && 'id' in object && typeof object.id === 'string') {
      yield missed(settled.what, object.id, settled.reversal)
    }
  }
}

/** Events may be outdated, so a ledger ahead of one is no difference. */
function missed(
  what: 'refund' | 'dispute',
  subject: string,
  reversal: Reversal,
): Difference | null {
  return reversal === 'ahead' ? null : describe(what, subject, reversal)
}

/** Compares everything that Stripe has created since then, in its current state, with ours. */
export async function* compareAll(
  deps: PaymentDeps,
  created: Since,
): AsyncGenerator<Difference | null> {
  const { stripe } = deps
  const sessions = stripe.checkout.sessions.list({ status: 'complete', created, limit: PAGE })
  for await (const session of sessions) yield await compareSession(deps, session)
  const refunds = stripe.refunds.list({ created, limit: PAGE, expand: ['data.charge'] })
  for await (const { charge } of refunds) {
    if (charge === null || typeof charge === 'string') continue
    yield describe('refund', charge.id, await settleRefunds(deps, charge))
  }
  for await (const dispute of stripe.disputes.list({ created, limit: PAGE })) {
    yield describe('dispute', dispute.id, await settleDispute(deps, dispute))
  }
}

function describe(
  what: 'refund' | 'dispute',
  subject: string,
  reversal: Reversal,
): Difference | null {
  switch (reversal) {
    case 'written': {
      const words = `The ${what} was not in the ledger, and is now.`
      return { kind: `${what}-missed`, subject, healed: true, words }
    }
    case 'ahead': {
      const words = `The ledger has more of this ${what} than Stripe. Correct it by an adjustment.`
      return { kind: `${what}-differs`, subject, healed: false, words }
    }
    default:
      // Not in dollars, so never credited. The payment itself is reported.
      return null
  }
}

async function compareSession(
  deps: PaymentDeps,
  session: Stripe.Checkout.Session,
): Promise<Difference | null> {
  const named = orderIn(session.metadata)
  if (named?.purchaseId === undefined) return null
  const { id: subject } = session
  const [before] = await deps.db.select().from(purchases).where(eq(purchases.id, named.purchaseId))
  const unhealed = (kind: Difference['kind'], words: string): Difference => ({
    kind,
    subject,
    healed: false,
    words,
  })
  if (!before || !agrees(named, before)) {
    return unhealed('order-unknown', `It names purchase ${named.purchaseId}, which is not here.`)
  }
  const outcome = outcomeOfSession(session)
  if (outcome !== 'paid') {
    return before.state === 'credited'
      ? unhealed('credited-unpaid', `Purchase ${before.id} is credited, and Stripe has no payment.`)
      : null
  }
  const after = await settleSession(deps.db, session, outcome)
  if (after?.state !== 'credited') {
    return unhealed('currency-unusable', `Paid in ${session.currency}, which is not credited.`)
  }
  if (before.state !== 'credited') {
    const words = `Was ${before.state} here and is credited now.`
    return { kind: 'payment-missed', subject, healed: true, words }
  }
  const paidUsdMicros = usdMicrosFromCents(session.amount_total ?? 0)
  if (paidUsdMicros === after.amountUsdMicros) return null
  const [asked, paid] = [after.amountUsdMicros, paidUsdMicros].map((micros) =>
    usdFromUsdMicros(micros).toFixed(2),
  )
  return unhealed('amount-differs', `Asked for ${asked} USD, paid ${paid} USD, credited so.`)
}
