import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import { isUuid } from '../database/columns.ts'
import type { Account, CardTopUp, Purchase } from '../database/schema.ts'

/** Raised whenever our request to Stripe for an order changes. Version 1 had the order's id only. */
export const ORDER_VERSION = '2'

type Order =
  | { readonly purchase: Pick<Purchase, 'id' | 'amountUsdMicros'> }
  | { readonly topUp: Pick<CardTopUp, 'id' | 'amountUsdMicros'> }

/**
 * A payment's metadata at Stripe, for people who look there, and to recognize a payment before we know
 * its id. The order's id identifies it; the rest must agree with our record.
 */
export function orderMetadata(account: Account, order: Order): Record<string, string> {
  const { amountUsdMicros } = 'purchase' in order ? order.purchase : order.topUp
  return {
    ...('purchase' in order ? { purchase_id: order.purchase.id } : { top_up_id: order.topUp.id }),
    account_id: account.id,
    purse: account.subject === null ? 'workspace' : 'customer',
    amount_cents: String(centsFromUsdMicros(amountUsdMicros)),
    version: ORDER_VERSION,
  }
}

type NamedOrder = { readonly accountId: string | undefined } & (
  | { readonly purchaseId: string; readonly topUpId?: undefined }
  | { readonly topUpId: string; readonly purchaseId?: undefined }
)

/** The order that metadata names, or null for a payment of something else. */
export function orderIn(
  metadata: Readonly<Record<string, string>> | null | undefined,
): NamedOrder | null {
  const { purchase_id: purchaseId = '', top_up_id: topUpId = '' } = metadata ?? {}
  const accountId = metadata?.['account_id']
  if (isUuid(purchaseId)) return { purchaseId, accountId }
  return isUuid(topUpId) ? { topUpId, accountId } : null
}

/** Whether the named order really is ours: metadata can be edited at Stripe. */
export function agrees(named: NamedOrder, order: { readonly accountId: string }): boolean {
  return named.accountId === undefined || named.accountId === order.accountId
}
