import type { Transaction } from '../database/open.ts'
import { accountEvents } from '../database/schema.ts'

/**
 * Types of ComfyUI's contract, and two of our own for what it has no name for: `credit_refunded`
 * and `credit_adjusted`. `amount` is in cents, possibly fractional.
 */
export type NewEvent =
  | { readonly type: 'account_created'; readonly params: Record<string, never> }
  | {
      readonly type: 'credit_added'
      /** By a payment page, or by a saved card. */
      readonly params: { amount: number; transaction_id: string } & (
        | { session_id: string }
        | { topup_id: string }
      )
    }
  | {
      readonly type: 'credit_refunded' | 'credit_adjusted'
      readonly params: { amount: number; transaction_id: string; reason: string }
    }
  | { readonly type: 'api_usage_completed'; readonly params: UsageParams }

/** What is not known is left out. */
export interface UsageParams {
  readonly api_name: string
  readonly model: string
  readonly charge_micro_usd: number
  readonly duration_ms: number
  readonly outcome: 'succeeded' | 'failed'
  readonly job_id?: string
  readonly node_type?: string
  readonly input_tokens?: number
  readonly output_tokens?: number
}

/** Always in the transaction that makes it true. */
export async function recordEvent(
  tx: Transaction,
  accountId: string,
  event: NewEvent,
): Promise<void> {
  await tx
    .insert(accountEvents)
    .values({ accountId, eventType: event.type, params: { ...event.params } })
}
