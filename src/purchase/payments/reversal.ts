import type { AccountEventBody } from '@comfyui-credits/contract/schemas'
import { readAccountEvent } from '../../account-events/account-event.ts'
import { kindOf } from '../../account-events/kinds.ts'
import type { Purchase } from '../engine/flow.ts'

/** What became of a payment after its credits had been added. */
export type Reversal = 'refunded' | 'partly-refunded' | 'disputed'

type Named = Pick<Purchase, 'sessionId' | 'operationId' | 'usdMicros'>

/**
 * By the account's events that name the payment; null where none takes anything of it back. A
 * dispute that was won has given back what it took.
 */
export function reversalOf(purchase: Named, events: readonly AccountEventBody[]): Reversal | null {
  let [refunded, disputed] = [0, 0]
  for (const body of events) {
    const event = readAccountEvent(body)
    const kind = kindOf(event)
    if ((kind !== 'refund' && kind !== 'dispute') || event.amountUsdMicros === null) continue
    const isOfPurchase =
      (purchase.sessionId !== null && event.sessionId === purchase.sessionId) ||
      (purchase.operationId !== null && event.topUpId === purchase.operationId)
    if (!isOfPurchase) continue
    if (kind === 'refund') refunded -= event.amountUsdMicros
    else disputed -= event.amountUsdMicros
  }
  if (disputed > 0) return 'disputed'
  if (refunded <= 0) return null
  return refunded < purchase.usdMicros ? 'partly-refunded' : 'refunded'
}
