import { and, eq, sql } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Database, Transaction } from '../database/open.ts'
import { ledgerEntries, type LedgerEntry } from '../database/schema.ts'
import { recordEvent } from '../events/record.ts'
import { appendEntry, holdAccount } from '../ledger/append.ts'
import { usdMicrosOf } from './amount.ts'
import { findPayment, type Payment } from './find-payment.ts'
import { idOf } from './stripe.ts'

/**
 * Money that goes back to the payer takes its credits along. Stripe's events state totals, not
 * changes, and only what the ledger lacks is appended. So events may arrive in any order, more than
 * once, and before the payment's own. The balance may go below zero.
 */

export interface ReversalDeps {
  readonly db: Database
  readonly stripe: Stripe
}

/**
 * - `written`: the ledger has it now. `known`: it had it before.
 * - `ahead`: the ledger has more going back. The event is outdated, or money came back to us.
 * - `foreign`: of no payment of ours. `unusable`: in another currency, so never credited, or of no amount that can be counted.
 */
export type Reversal = 'written' | 'known' | 'ahead' | 'foreign' | 'unusable'

type RefundedCharge = Pick<
  Stripe.Charge,
  'id' | 'amount_refunded' | 'currency' | 'metadata' | 'payment_intent'
>

/** `amount_refunded` sums all refunds of the charge. https://docs.stripe.com/api/charges/object */
export async function settleRefunds(deps: ReversalDeps, charge: RefundedCharge): Promise<Reversal> {
  const { id, amount_refunded: cents, currency, metadata } = charge
  const payment = await findReversed(deps, charge.payment_intent, metadata)
  if (payment === null) return 'foreign'
  const refundedNow = usdMicrosOf({ cents, currency })
  if (refundedNow === null) return 'unusable'
  return deps.db.transaction(async (tx) => {
    const before = await entriesAbout(tx, payment, { kind: 'refund', subject: id })
    const refunded = before.reduce((sum, entry) => sum - entry.amountUsdMicros, 0)
    const missing = refundedNow - refunded
    if (missing < 0) return 'ahead'
    if (missing === 0) return 'known'
    await appendReversal(tx, payment, {
      kind: 'refund',
      amountUsdMicros: -missing,
      reference: `${id}:${cents}`,
      reason: 'The payment was refunded.',
    })
    return 'written'
  })
}

type Dispute = Pick<
  Stripe.Dispute,
  'id' | 'amount' | 'currency' | 'payment_intent' | 'reason' | 'status'
>

/**
 * A dispute takes its amount at once, and gives it back when it is won. An inquiry
 * (`warning_…`) and one that was prevented take nothing. https://docs.stripe.com/disputes/how-disputes-work
 */
export async function settleDispute(deps: ReversalDeps, dispute: Dispute): Promise<Reversal> {
  const payment = await findReversed(deps, dispute.payment_intent)
  if (payment === null) return 'foreign'
  const disputed = usdMicrosOf({ cents: dispute.amount, currency: dispute.currency })
  if (disputed === null || disputed === 0) return 'unusable'
  return deps.db.transaction(async (tx) => {
    const before = await entriesAbout(tx, payment, { kind: 'dispute', subject: dispute.id })
    const had = before.length
    const has = { none: 0, taken: 1, returned: 2 }[statusOfFunds(dispute)]
    if (had > has) return 'ahead'
    if (had === has) return 'known'
    const taken = before[0]?.amountUsdMicros ?? -disputed
    if (had === 0) {
      await appendReversal(tx, payment, {
        kind: 'dispute',
        amountUsdMicros: taken,
        reference: `${dispute.id}:taken`,
        reason: `The payment was disputed (${dispute.reason}).`,
      })
    }
    if (has === 2) {
      await appendReversal(tx, payment, {
        kind: 'dispute',
        amountUsdMicros: -taken,
        reference: `${dispute.id}:returned`,
        reason: 'The dispute has ended, and the payment stands.',
      })
    }
    return 'written'
  })
}

function statusOfFunds({ status }: Dispute): 'none' | 'taken' | 'returned' {
  if (status === 'won') return 'returned'
  return status === 'prevented' || status.startsWith('warning_') ? 'none' : 'taken'
}

async function findReversed(
  deps: ReversalDeps,
  intent: Stripe.Charge['payment_intent'],
  metadata?: Stripe.Metadata,
): Promise<Payment | null> {
  const intentId = idOf(intent)
  return intentId === null ? null : findPayment(deps, intentId, metadata)
}

/** The ledger's entries of a charge's refunds or of a dispute, locked against additions. */
async function entriesAbout(
  tx: Transaction,
  { accountId }: Payment,
  { kind, subject }: { kind: 'refund' | 'dispute'; subject: string },
): Promise<LedgerEntry[]> {
  await holdAccount(tx, accountId)
  return tx
    .select()
    .from(ledgerEntries)
    .where(
      and(
        eq(ledgerEntries.accountId, accountId),
        eq(ledgerEntries.kind, kind),
        sql`starts_with(${ledgerEntries.reference}, ${`${subject}:`})`,
      ),
    )
    .orderBy(ledgerEntries.seq)
}

async function appendReversal(
  tx: Transaction,
  { accountId, paidBy }: Payment,
  reversal: {
    kind: 'refund' | 'dispute'
    amountUsdMicros: number
    reference: string
    reason: string
  },
): Promise<void> {
  const { entry } = await appendEntry(tx, { accountId, ...reversal })
  await recordEvent(tx, accountId, {
    type: reversal.kind === 'refund' ? 'credit_refunded' : 'credit_disputed',
    params: {
      amount: centsFromUsdMicros(reversal.amountUsdMicros),
      transaction_id: entry.id,
      reason: reversal.reason,
      ...paidBy,
    },
  })
}
