import * as z from 'zod/mini'
import { openEnum } from './open-enum.ts'

/**
 * The wire's shapes. Loose on purpose: unknown fields pass, optional may be null, numbers may be
 * fractional. What does not fit is an error with a code, never a zero.
 */

const optionalNumber = z.nullish(z.number())
const optionalString = z.nullish(z.string())

/**
 * Additions of our service to ComfyUI's API, discovered from the balance answer, never assumed.
 * - `return_url`: a purchase takes `return_url`; the payment page comes back to it
 * - `idempotency`: a purchase takes the header `Idempotency-Key`
 * - `checkout_status`: GET /customers/credit/:session_id says how a purchase stands
 * - `job_id`: usage events carry the run (`prompt_id`) that caused them
 * - `receipt`: how a credited purchase stands comes with `receipt_url`, the page of its receipt
 * - `topup_cents`: amounts may have cents; without it they are whole dollars
 * - `balance_stream`: contract/balance-stream.ts: changes are pushed as they are committed
 * - `embedded_checkout`: a purchase can be paid inside the page (`embeddedPurchaseSchema`)
 */
export const features = [
  'return_url',
  'idempotency',
  'checkout_status',
  'job_id',
  'receipt',
  'topup_cents',
  'balance_stream',
  'embedded_checkout',
] as const
export type Feature = (typeof features)[number]

/** `*_micros` of a balance hold US cents, possibly fractional (contract/money.ts converts). */
export const balanceSchema = z.looseObject({
  amount_micros: z.number(),
  prepaid_balance_micros: optionalNumber,
  cloud_credit_balance_micros: optionalNumber,
  pending_charges_micros: optionalNumber,
  effective_balance_micros: optionalNumber,
  currency: z.string(),
  features: z.nullish(z.array(z.string())),
})
export type BalanceBody = z.infer<typeof balanceSchema>

export const customerSchema = z.looseObject({
  id: z.string(),
  email: optionalString,
  name: optionalString,
})
export type CustomerBody = z.infer<typeof customerSchema>

/** `params` is open: show, never trust. */
export const accountEventSchema = z.looseObject({
  event_id: z.string(),
  event_type: z.string(),
  createdAt: z.string(),
  params: z.nullish(z.record(z.string(), z.unknown())),
})
export type AccountEventBody = z.infer<typeof accountEventSchema>

export const eventsPageSchema = z.looseObject({
  total: z.number(),
  page: z.number(),
  limit: z.number(),
  totalPages: z.number(),
  events: z.array(accountEventSchema),
})
export type EventsPageBody = z.infer<typeof eventsPageSchema>

export const eventsQuerySchema = z.object({
  page: z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(1_000_000))),
  limit: z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(100))),
  filter: z.optional(z.string()),
  start_date: z.optional(z.string()),
  end_date: z.optional(z.string()),
})

/** `amount_micros` of a purchase holds real micros (USD × 10⁶). */
export const purchaseRequestSchema = z.object({
  amount_micros: z.number().check(z.int(), z.positive()),
  currency: z.string(),
  return_url: z.optional(z.string()),
})

export const purchaseSchema = z.looseObject({
  checkout_url: z.string(),
  session_id: optionalString,
})
export type PurchaseBody = z.infer<typeof purchaseSchema>

/** POST /customers/credit/embedded, with the header `Idempotency-Key`, which it does not do without. */
export const embeddedPurchaseRequestSchema = z.omit(purchaseRequestSchema, { return_url: true })

/**
 * What Stripe.js needs to put its payment page into ours (feature `embedded_checkout`). The same key
 * again gives the same session's, for as long as it can be paid; then it is a `conflict`.
 *
 * The same key at POST /customers/credit is the way out: it ends this session for good, then makes
 * a payment page in its place. `conflict` there: it was paid inside the page already.
 */
export const embeddedPurchaseSchema = z.looseObject({
  session_id: z.string(),
  /** Its holder can pay this session and nothing else. Keep it in memory only. */
  client_secret: z.string(),
  /** Names the account at Stripe; public. */
  publishable_key: z.string(),
})
export type EmbeddedPurchaseBody = z.infer<typeof embeddedPurchaseSchema>

/**
 * How a purchase stands (feature `checkout_status`), also by the session that a payment page took the
 * place of:
 * open → the payment page can still be used; processing → paid by a method that confirms later;
 * credited → in the ledger; expired, failed → nothing was charged.
 */
export const checkoutStates = ['open', 'processing', 'credited', 'expired', 'failed'] as const
export type CheckoutState = (typeof checkoutStates)[number]

export const checkoutStatusSchema = z.looseObject({
  session_id: z.string(),
  state: openEnum(checkoutStates),
  amount_micros: z.number(),
  transaction_id: optionalString,
  receipt_url: optionalString,
})
export type CheckoutStatusBody = z.infer<typeof checkoutStatusSchema>

export const billingPortalRequestSchema = z.object({ return_url: z.optional(z.string()) })

export const billingPortalSchema = z.looseObject({ billing_portal_url: z.string() })

export const usagePortalSchema = z.looseObject({ url: z.string() })
export const subscriptionStatusSchema = z.looseObject({ is_active: z.boolean() })
