import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Transaction } from '../database/open.ts'
import type { LedgerEntry } from '../database/schema.ts'
import { recordEvent, type PaidBy } from '../events/record.ts'
import { appendEntry } from '../ledger/append.ts'
import { usdMicrosOf } from './amount.ts'

export interface PaidAmount {
  readonly accountId: string
  /** What Stripe took. */
  readonly amountCents: number | null
  readonly currency: string | null
  /** Stripe's id of the payment: credited once, however often its event arrives. */
  readonly reference: string
  readonly paidBy: PaidBy
}

/**
 * Books a payment as credits, with its event. Null for a payment of nothing, or of what
 * cannot be counted: it needs a person.
 */
export async function grantCredit(tx: Transaction, paid: PaidAmount): Promise<LedgerEntry | null> {
  const { accountId, amountCents, currency, reference } = paid
  const amountUsdMicros = usdMicrosOf({ cents: amountCents, currency })
  if (amountUsdMicros === null || amountUsdMicros === 0) return null
  const { entry, repeated } = await appendEntry(tx, {
    accountId,
    kind: 'top_up',
    amountUsdMicros,
    reference,
  })
  if (!repeated) {
    await recordEvent(tx, accountId, {
      type: 'credit_added',
      params: {
        amount: centsFromUsdMicros(amountUsdMicros),
        transaction_id: entry.id,
        ...paid.paidBy,
      },
    })
  }
  return entry
}
