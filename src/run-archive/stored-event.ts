import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { AccountEventBody } from '@comfyui-credits/contract/schemas'
import * as z from 'zod/mini'
import { readAccountEvent, readTime, type AccountEvent } from '../account-events/account-event.ts'
import { clip } from '../runs/clip.ts'
import { MAX_TIME } from '../storage/stored-values.ts'

/**
 * An event of the account as it is stored and as it stands in a file: in the form in which the
 * account sends it, so that every version reads it as it reads the account's own.
 */
export type StoredEvent = AccountEventBody

const MAX_ID = 300
/** The fullest event has nine (`UsageParams` in service/events/record.ts), and newer ones may have more. */
const MAX_DETAILS = 50
/** An amount in cents must be a whole number of micro-USD that can be counted with. */
const MAX_NUMBER = Number.MAX_SAFE_INTEGER / 10_000

const schema = z.object({
  event_id: z.string().check(z.minLength(1), z.maxLength(MAX_ID)),
  event_type: z.string().check(z.minLength(1), z.maxLength(MAX_ID)),
  createdAt: z.string().check(z.maxLength(MAX_ID)),
  params: z.nullish(z.record(z.string(), z.unknown())),
})

/** Null for anything but an event. Details that are neither text nor number are dropped. */
export function readStoredEvent(value: unknown): StoredEvent | null {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return null
  const details = Object.entries(parsed.data.params ?? {}).slice(0, MAX_DETAILS)
  const params: Record<string, string | number> = {}
  for (const [name, detail] of details) {
    if (typeof detail === 'string') params[name] = clip(detail)
    // What is too large to count stays readable, but is not an amount.
    if (typeof detail === 'number')
      params[name] = Math.abs(detail) <= MAX_NUMBER ? detail : String(detail)
  }
  return { ...parsed.data, params }
}

export function eventOf(stored: StoredEvent): AccountEvent {
  return readAccountEvent(stored)
}

/** When it happened, epoch milliseconds; 0 where the account does not say. */
export function timeOf({ createdAt }: StoredEvent): number {
  return readTime(createdAt) ?? 0
}

/** The inverse of `readAccountEvent`: what that reads of an event stands in it. */
export function storedEventOf(event: AccountEvent): StoredEvent {
  const { at, amountUsdMicros } = event
  const hasTime = at !== null && Math.abs(at) <= MAX_TIME
  const details = {
    amount: amountUsdMicros === null ? null : centsFromUsdMicros(amountUsdMicros),
    transaction_id: event.transactionId,
    session_id: event.sessionId,
    topup_id: event.topUpId,
    job_id: event.jobId,
    node_type: event.nodeType,
    api_name: event.api,
    model: event.model,
    charge_micro_usd: event.chargeUsdMicros,
    input_tokens: event.inputTokens,
    output_tokens: event.outputTokens,
    images: event.images,
    seconds: event.seconds,
    duration_ms: event.durationMs,
    outcome: event.outcome,
    member_display_name: event.memberName,
    member_email: event.memberEmail,
    api_key_name: event.apiKeyName,
  }
  return {
    event_id: event.id,
    event_type: event.type,
    createdAt: hasTime ? new Date(at).toISOString() : '',
    params: Object.fromEntries(Object.entries(details).filter(([, detail]) => detail !== null)),
  }
}
