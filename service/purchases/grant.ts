import { usdMicrosFromCents } from '../../contract/money.ts'
import type { Transaction } from '../database/open.ts'
import type { LedgerEntry } from '../database/schema.ts'
import { recordEvent } from '../events/record.ts'
import { appendEntry } from '../ledger/append.ts'

export interface PaidAmount {
  readonly accountId: string
  /** What Stripe took. */
  readonly amountCents: number | null
  readonly currency: string | null
  /** Stripe's id of the payment: credited once, however often it is told. */
  readonly reference: string
  readonly event: { session_id: string } | { topup_id: string }
}

/** Money that came, as credit and as an event. Throws for money that cannot be counted as dollars. */
export async function grantCredit(tx: Transaction, paid: PaidAmount): Promise<LedgerEntry> {
  const { accountId, amountCents, currency, reference } = paid
  if (amountCents === null || amountCents <= 0 || currency !== 'usd') {
    throw new Error(`${reference} is paid, but not with an amount of US dollars.`)
  }
  const { entry, repeated } = await appendEntry(tx, {
    accountId,
    kind: 'top_up',
    amountUsdMicros: usdMicrosFromCents(amountCents),
    reference,
  })
  if (!repeated) {
    await recordEvent(tx, accountId, {
      type: 'credit_added',
      params: { amount: amountCents, transaction_id: entry.id, ...paid.event },
    })
  }
  return entry
}
