import * as z from 'zod/mini'
import { isUsdMicros, usdMicrosFromCents } from '@comfyui-credits/contract/money'
import type { AccountEventBody } from '@comfyui-credits/contract/schemas'

/** An account event, understood as far as it goes. `params` is open, so everything may be null. */
export interface AccountEvent {
  readonly id: string
  readonly type: string
  /** Epoch milliseconds; null when the API's time is not one. */
  readonly at: number | null
  /** What a top-up or an adjustment added (negative: took). */
  readonly amountUsdMicros: number | null
  readonly transactionId: string | null
  readonly sessionId: string | null
  /** Of a charge of the saved card. */
  readonly topUpId: string | null
  /** The run's prompt_id. */
  readonly jobId: string | null
  readonly nodeType: string | null
  readonly api: string | null
  readonly model: string | null
  readonly chargeUsdMicros: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly images: number | null
  readonly seconds: number | null
  readonly durationMs: number | null
  readonly outcome: string | null
  /** As the API sent it, the first figure of money in it that cannot be one; null when all can. */
  readonly unreadable: string | null
  /** Who of a workspace it was, where the account says so. */
  readonly memberName: string | null
  readonly memberEmail: string | null
  readonly apiKeyName: string | null
}

const MAX_RAW_LETTERS = 200

/** `Number` reads "0x10" too, which nobody writes for an amount. */
const DECIMAL = /^\s*[+-]?[\d.]+(?:e[+-]?\d+)?\s*$/i

/** Values that are not what they should be count as absent. */
const text = z.pipe(
  z.optional(z.unknown()),
  z.transform((value) => (typeof value === 'string' ? value : null)),
)
const number = z.pipe(
  z.optional(z.unknown()),
  z.transform((value) => {
    const read = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
    return typeof read === 'number' && Number.isFinite(read) ? read : null
  }),
)

const paramsSchema = z.object({
  amount: number,
  transaction_id: text,
  session_id: text,
  topup_id: text,
  job_id: text,
  node_type: text,
  api_name: text,
  model: text,
  charge_micro_usd: number,
  input_tokens: number,
  output_tokens: number,
  images: number,
  seconds: number,
  duration_ms: number,
  outcome: text,
})

/** A workspace's events say these beside `params`. */
const memberSchema = z.object({
  member_display_name: text,
  member_email: text,
  api_key_name: text,
})

/** Never fails: an event whose params make no sense is still an event. */
export function readAccountEvent(body: AccountEventBody): AccountEvent {
  const raw = body.params ?? {}
  const params = paramsSchema.parse(raw)
  const member = memberSchema.parse({ ...body.params, ...body })
  const amount = money(raw['amount'], params.amount, usdMicrosFromCents)
  const charge = money(raw['charge_micro_usd'], params.charge_micro_usd, Math.round)
  return {
    id: body.event_id,
    type: body.event_type,
    at: readTime(body.createdAt),
    amountUsdMicros: amount.usdMicros,
    transactionId: params.transaction_id,
    sessionId: params.session_id,
    topUpId: params.topup_id,
    jobId: params.job_id,
    nodeType: params.node_type,
    api: params.api_name,
    model: params.model,
    chargeUsdMicros: charge.usdMicros,
    inputTokens: params.input_tokens,
    outputTokens: params.output_tokens,
    images: params.images,
    seconds: params.seconds,
    durationMs: params.duration_ms,
    outcome: params.outcome,
    unreadable: charge.unreadable ?? amount.unreadable,
    memberName: member.member_display_name,
    memberEmail: member.member_email,
    apiKeyName: member.api_key_name,
  }
}

interface Money {
  readonly usdMicros: number | null
  readonly unreadable: string | null
}

/** What is there and cannot be money is neither money nor nothing. */
function money(raw: unknown, read: number | null, toUsdMicros: (amount: number) => number): Money {
  if (raw === undefined || raw === null) return { usdMicros: null, unreadable: null }
  const usdMicros = read === null ? Number.NaN : toUsdMicros(read)
  if (isUsdMicros(usdMicros)) return { usdMicros: usdMicros || 0, unreadable: null }
  return { usdMicros: null, unreadable: String(JSON.stringify(raw)).slice(0, MAX_RAW_LETTERS) }
}

/** Databases leave out a zone's minutes, or its colon; `Date.parse` wants them. */
const SHORT_ZONE = /(\d:\d.*[+-]\d{2}):?(\d{2})?$/
const YEAR = /\d{4}/
const TIME_WITH_ZONE = /\d:\d.*(?:[a-z]|[+-]\d{2}(?::?\d{2})?)$/i

/** A time without a zone is UTC, as the server's is; `Date.parse` would take it for local time. Null for none. */
export function readTime(written: string): number | null {
  const time = written.trim()
  const isLocal = /\d:\d/.test(time) && !TIME_WITH_ZONE.test(time)
  const zoned = time.replace(
    SHORT_ZONE,
    (_, start: string, minutes = '00') => `${start}:${minutes}`,
  )
  const at = Date.parse(isLocal ? `${time}Z` : zoned)
  return Number.isNaN(at) || !YEAR.test(time) ? null : at
}
