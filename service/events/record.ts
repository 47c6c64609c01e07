import type { Transaction } from '../database/open.ts'
import { accountEvents } from '../database/schema.ts'

/** The payment: of a payment page, or of a saved card. */
export type PaidBy = { readonly session_id: string } | { readonly topup_id: string }

/**
 * Types of ComfyUI's contract, and three of ours that it lacks: `credit_refunded`,
 * `credit_disputed` and `credit_adjusted`. `amount` is in cents, possibly fractional; signed.
 */
export type NewEvent =
  | { readonly type: 'account_created'; readonly params: Record<string, never> }
  | {
      readonly type: 'credit_added'
      readonly params: { amount: number; transaction_id: string } & PaidBy
    }
  | {
      readonly type: 'credit_refunded' | 'credit_disputed' | 'credit_adjusted'
      /** Names the payment whose money went back. Support's adjustments have none. */
      readonly params: { amount: number; transaction_id: string; reason: string } & Partial<PaidBy>
    }
  | { readonly type: 'api_usage_completed'; readonly params: UsageParams }

/** Unknown fields are left out. */
export interface UsageParams {
  readonly api_name: string
  readonly model: string
  readonly charge_micro_usd: number
  readonly outcome: 'succeeded' | 'failed'
  readonly duration_ms?: number
  readonly job_id?: string
  readonly node_type?: string
  readonly input_tokens?: number
  readonly output_tokens?: number
}

/** Who made a call; nobody made what is no call. */
export interface CallMadeBy {
  readonly personId: string | null
  readonly apiKeyId: string | null
}

/** Call it in the transaction that makes it true. */
export async function recordEvent(
  tx: Transaction,
  accountId: string,
  event: NewEvent,
  { personId, apiKeyId }: CallMadeBy = { personId: null, apiKeyId: null },
): Promise<void> {
  const params = { ...event.params }
  await tx
    .insert(accountEvents)
    .values({ accountId, eventType: event.type, params, personId, apiKeyId })
}
