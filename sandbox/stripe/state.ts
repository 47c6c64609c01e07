import * as z from 'zod'

/**
 * All that the stand-in remembers. It is one JSON document: emulate writes it to disk (temporary
 * file, fsync, rename) before it answers a request, so a kill −9 loses nothing that was answered.
 *
 * Times of Stripe's own objects are epoch seconds, as on the wire; `…Ms` are epoch milliseconds.
 * Amounts are in the currency's minor unit (US cents).
 */

const metadata = z.record(z.string(), z.string())

const customer = z.object({
  id: z.string(),
  created: z.int(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  metadata,
})
export type Customer = z.infer<typeof customer>

const product = z.object({
  id: z.string(),
  created: z.int(),
  name: z.string(),
  description: z.string().nullable(),
  metadata,
})
export type Product = z.infer<typeof product>

const price = z.object({
  id: z.string(),
  created: z.int(),
  product: z.string(),
  currency: z.string(),
  unitAmountMinor: z.int(),
  metadata,
})
export type Price = z.infer<typeof price>

export const paymentMethods = ['card', 'wechat_pay', 'alipay'] as const
const paymentMethod = z.enum(paymentMethods)
export type PaymentMethod = z.infer<typeof paymentMethod>

const lineItem = z.object({ id: z.string(), price: z.string(), quantity: z.int() })

const session = z.object({
  id: z.string(),
  created: z.int(),
  expiresAt: z.int(),
  status: z.enum(['open', 'complete', 'expired']),
  paymentStatus: z.enum(['unpaid', 'paid']),
  amountMinor: z.int(),
  currency: z.string(),
  lineItems: z.array(lineItem),
  methods: z.array(paymentMethod),
  customer: z.string().nullable(),
  customerCreation: z.enum(['always', 'if_required']),
  email: z.string().nullable(),
  clientReferenceId: z.string().nullable(),
  metadata,
  intentMetadata: metadata,
  intentDescription: z.string().nullable(),
  successUrl: z.string(),
  cancelUrl: z.string().nullable(),
  paymentIntent: z.string().nullable(),
  /** A QR code on the payment page, and what the phone said to it. */
  qr: z.object({ method: paymentMethod, refused: z.boolean() }).nullable(),
  /** A payment that confirms later: when, and how it will end. */
  settlement: z.object({ atMs: z.int(), outcome: z.enum(['succeeded', 'failed']) }).nullable(),
})
export type Session = z.infer<typeof session>

const paymentIntent = z.object({
  id: z.string(),
  created: z.int(),
  session: z.string(),
  status: z.enum(['processing', 'succeeded', 'requires_payment_method']),
  amountMinor: z.int(),
  currency: z.string(),
  method: paymentMethod,
  customer: z.string().nullable(),
  description: z.string().nullable(),
  metadata,
  charge: z.string().nullable(),
})
export type PaymentIntent = z.infer<typeof paymentIntent>

const charge = z.object({
  id: z.string(),
  created: z.int(),
  paymentIntent: z.string(),
  amountMinor: z.int(),
  currency: z.string(),
  method: paymentMethod,
  cardLast4: z.string().nullable(),
  customer: z.string().nullable(),
  email: z.string().nullable(),
  description: z.string().nullable(),
  metadata,
})
export type Charge = z.infer<typeof charge>

const portal = z.object({
  id: z.string(),
  created: z.int(),
  customer: z.string(),
  returnUrl: z.string().nullable(),
})
export type Portal = z.infer<typeof portal>

const event = z.object({
  id: z.string(),
  type: z.string(),
  body: z.record(z.string(), z.unknown()),
})

/** An event that the webhook endpoint has not acknowledged yet. */
const delivery = z.object({
  event: z.string(),
  dueMs: z.int(),
  attempts: z.int(),
  /** 2 when a fault asks for a duplicate. */
  copies: z.int(),
  /** Held back until the rest of a batch to reorder is there. */
  held: z.boolean(),
})
export type Delivery = z.infer<typeof delivery>

const rememberedAnswer = z.object({
  fingerprint: z.string(),
  body: z.string(),
  createdMs: z.int(),
})

const count = z.int().min(0).default(0)

/** Troubles on demand; README.md tells what each does. Zero everywhere means none. */
export const faultsSchema = z.strictObject({
  decline_next: count,
  settle_later_next: count,
  settle_after_ms: z.int().min(0).max(86_400_000).default(5_000),
  settle_as: z.enum(['succeeded', 'failed']).default('succeeded'),
  webhook_delay_ms: z.int().min(0).max(86_400_000).default(0),
  webhook_double_next: count,
  webhook_lose_next: count,
  webhook_reorder_next: count,
})
export type Faults = z.infer<typeof faultsSchema>

export const stateSchema = z.object({
  customers: z.record(z.string(), customer),
  products: z.record(z.string(), product),
  prices: z.record(z.string(), price),
  sessions: z.record(z.string(), session),
  paymentIntents: z.record(z.string(), paymentIntent),
  charges: z.record(z.string(), charge),
  portals: z.record(z.string(), portal),
  events: z.record(z.string(), event),
  outbox: z.array(delivery),
  rememberedAnswers: z.record(z.string(), rememberedAnswer),
  faults: faultsSchema,
})
export type State = z.infer<typeof stateSchema>

export function emptyState(): State {
  return {
    customers: {},
    products: {},
    prices: {},
    sessions: {},
    paymentIntents: {},
    charges: {},
    portals: {},
    events: {},
    outbox: [],
    rememberedAnswers: {},
    faults: faultsSchema.parse({}),
  }
}
