import * as z from 'zod'

/**
 * The stand-in's state, one JSON document. emulate writes it to disk (temporary file, fsync, rename)
 * before it answers a request, so a kill −9 loses nothing that was answered.
 *
 * Times of Stripe's own objects are epoch seconds, as on the wire; `…Ms` are epoch milliseconds.
 * Amounts are in the currency's minor unit (US cents). Fields that the first states on disk lack have
 * defaults.
 */

const metadata = z.record(z.string(), z.string())

const customer = z.object({
  id: z.string(),
  created: z.int(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  metadata,
  /** The card that invoices and later payments are charged to. */
  defaultCard: z.string().nullable().default(null),
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

/** What a card does when it is charged without its holder. */
const cardBehaviour = z.enum(['pays', 'declines', 'asks_for_holder'])

/** A saved card: a payment method, in Stripe's words. */
const savedCard = z.object({
  id: z.string(),
  created: z.int(),
  /** Null once it was detached. */
  customer: z.string().nullable(),
  brand: z.string(),
  last4: z.string(),
  behaviour: cardBehaviour,
})
export type SavedCard = z.infer<typeof savedCard>

/** A payment that confirms later: when, and how it will end. */
const settlement = z.object({ atMs: z.int(), outcome: z.enum(['succeeded', 'failed']) })

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
  /** Whether the paying card is saved for its customer. */
  saveCard: z.boolean().default(false),
  customer: z.string().nullable(),
  customerCreation: z.enum(['always', 'if_required']),
  email: z.string().nullable(),
  clientReferenceId: z.string().nullable(),
  metadata,
  intentMetadata: metadata,
  intentDescription: z.string().nullable(),
  uiMode: z.enum(['hosted_page', 'embedded_page']).default('hosted_page'),
  /** Grants access to an embedded one. */
  clientSecret: z.string().nullable().default(null),
  /** Null for one that is paid inside another page and stays there. */
  successUrl: z.string().nullable(),
  cancelUrl: z.string().nullable(),
  paymentIntent: z.string().nullable(),
  /** A QR code on the payment page, and what the phone said to it. */
  qr: z.object({ method: paymentMethod, refused: z.boolean() }).nullable(),
  settlement: settlement.nullable(),
})
export type Session = z.infer<typeof session>

const paymentIntent = z.object({
  id: z.string(),
  created: z.int(),
  /** Null for one that was made without a payment page. */
  session: z.string().nullable(),
  status: z.enum([
    'requires_payment_method',
    'requires_confirmation',
    'requires_action',
    'processing',
    'succeeded',
    'canceled',
  ]),
  amountMinor: z.int(),
  currency: z.string(),
  method: paymentMethod,
  customer: z.string().nullable(),
  description: z.string().nullable(),
  metadata,
  charge: z.string().nullable(),
  /** The saved card that pays, or that the payment saved. */
  card: z.string().nullable().default(null),
  /** Why the last attempt failed. */
  lastError: z
    .object({ code: z.string(), declineCode: z.string().nullable(), message: z.string() })
    .nullable()
    .default(null),
  settlement: settlement.nullable().default(null),
  /** Where the holder goes after the bank's question. */
  returnUrl: z.string().nullable().default(null),
  cancellationReason: z
    .enum(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'])
    .nullable()
    .default(null),
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

/** What refunds and disputes have in common: money of a charge that goes back. */
const reversal = {
  id: z.string(),
  created: z.int(),
  charge: z.string(),
  paymentIntent: z.string(),
  amountMinor: z.int(),
  currency: z.string(),
}

const refund = z.object({
  ...reversal,
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).nullable(),
  metadata,
})
export type Refund = z.infer<typeof refund>

const dispute = z.object({
  ...reversal,
  reason: z.string(),
  status: z.enum(['needs_response', 'won', 'lost']),
})
export type Dispute = z.infer<typeof dispute>

const portal = z.object({
  id: z.string(),
  created: z.int(),
  customer: z.string(),
  returnUrl: z.string().nullable(),
})
export type Portal = z.infer<typeof portal>

const event = z.object({
  id: z.string(),
  created: z.int().default(0),
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
  /** Held back until the batch to reorder is complete. */
  held: z.boolean(),
  /** How often it is sent again though it was acknowledged. */
  repeats: z.int().default(0),
})
export type Delivery = z.infer<typeof delivery>

const rememberedAnswer = z.object({
  fingerprint: z.string(),
  status: z.int().default(200),
  body: z.string(),
  createdMs: z.int(),
})

const count = z.int().min(0).default(0)

/** Faults on demand, described in README.md. All zero means none. */
export const faultsSchema = z.strictObject({
  decline_next: count,
  settle_later_next: count,
  settle_after_ms: z.int().min(0).max(86_400_000).default(5_000),
  settle_as: z.enum(['succeeded', 'failed']).default('succeeded'),
  webhook_delay_ms: z.int().min(0).max(86_400_000).default(0),
  webhook_double_next: count,
  webhook_lose_next: count,
  webhook_reorder_next: count,
  webhook_retry_next: count,
})
export type Faults = z.infer<typeof faultsSchema>

export const stateSchema = z.object({
  customers: z.record(z.string(), customer),
  products: z.record(z.string(), product),
  prices: z.record(z.string(), price),
  sessions: z.record(z.string(), session),
  paymentIntents: z.record(z.string(), paymentIntent),
  cards: z.record(z.string(), savedCard).default({}),
  charges: z.record(z.string(), charge),
  refunds: z.record(z.string(), refund).default({}),
  disputes: z.record(z.string(), dispute).default({}),
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
    cards: {},
    charges: {},
    refunds: {},
    disputes: {},
    portals: {},
    events: {},
    outbox: [],
    rememberedAnswers: {},
    faults: faultsSchema.parse({}),
  }
}
