import * as z from 'zod/mini'
import { openEnum } from './open-enum.ts'

/**
 * How a workspace buys credits: with a saved card or on a payment page. Loose like
 * contract/schemas.ts. Amounts in `*_cents` are whole US cents.
 */

const optionalBoolean = z.nullish(z.boolean())
const optionalNumber = z.nullish(z.number())
const optionalString = z.nullish(z.string())

/** The cards a top-up can be charged to, the one that will be first. */
export const paymentMethodsSchema = z.array(
  z.looseObject({
    id: z.string(),
    type: z.string(),
    brand: optionalString,
    last4: optionalString,
    is_default: z.boolean(),
  }),
)
export type PaymentMethodsBody = z.infer<typeof paymentMethodsSchema>

const wholeCents = z.number().check(z.int(), z.positive())

/** The same key again is the same top-up, however often it is sent. */
const idempotencyKey = z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/))

export const topUpRequestSchema = z.object({
  amount_cents: wholeCents,
  idempotency_key: z.optional(idempotencyKey),
})

/** `pending` is settled later: GET /api/billing/ops/:id with `billing_op_id` tells how. */
export const topUpStates = ['pending', 'completed', 'failed'] as const

export const topUpSchema = z.looseObject({
  billing_op_id: z.string(),
  topup_id: z.string(),
  status: openEnum(topUpStates),
  amount_cents: z.number(),
})
export type TopUpBody = z.infer<typeof topUpSchema>

/** Reasons ComfyUI has words for. */
export const declineReasons = [
  'card_declined',
  'insufficient_funds',
  'expired_card',
  'incorrect_cvc',
  'authentication_required',
  'authentication_failed',
  'payment_not_completed',
  'processing_error',
  'generic',
] as const
export type DeclineReason = (typeof declineReasons)[number]

export const operationStatuses = [
  'pending',
  'succeeded',
  'failed',
  'reconciliation_needed',
] as const

/**
 * How the bank's question to the card's holder (3-D Secure) stands.
 * - `requires_action`: the payment waits for the holder, at `action_url` or by the client secret
 * - `failed_retryable`: the holder was not recognised, or refused, and may try again
 */
export const authenticationStates = [
  'requires_action',
  'processing',
  'failed_retryable',
  'succeeded',
  'reconciliation_needed',
] as const

/** What would move a payment on that has not succeeded. */
export const recoveryActions = [
  'retry',
  'replace_payment_method',
  'authenticate_payment',
  'contact_support',
] as const
export type RecoveryAction = (typeof recoveryActions)[number]

export const operationCheckoutStates = [
  'open',
  'payment_processing',
  'credits_applying',
  'fulfilled',
  'expired',
  'failed',
] as const

/** How a top-up of the saved card stands. */
export const billingOperationSchema = z.looseObject({
  id: z.string(),
  status: openEnum(operationStatuses),
  started_at: optionalString,
  completed_at: optionalString,
  topup_purchase_amount: z.nullish(
    z.looseObject({ amount_cents: optionalNumber, currency: optionalString }),
  ),
  amount_charged_cents: optionalNumber,
  credits_added: optionalNumber,
  authentication_state: z.nullish(openEnum(authenticationStates)),
  /** A page in which the holder answers the bank. */
  action_url: optionalString,
  /**
   * Lets anyone who has it pay this one payment: keep it in memory only. Stripe.js takes it together
   * with the publishable key of the Stripe account that made it, which no answer beside it names. Our
   * service knows its key, and needs no secret: it confirms with a return address, so Stripe gives
   * `action_url`.
   */
  payment_intent_client_secret: optionalString,
  checkout_state: z.nullish(openEnum(operationCheckoutStates)),
  recovery_action: z.nullish(openEnum(recoveryActions)),
  retryable: optionalBoolean,
  cancelable: optionalBoolean,
  decline_reason: z.nullish(openEnum(declineReasons)),
  /** + Of a top-up that succeeded, with the feature `receipt`. */
  receipt_url: optionalString,
  error_message: optionalString,
})
export type BillingOperationBody = z.infer<typeof billingOperationSchema>

export const topUpCheckoutRequestSchema = z.object({
  amount_cents: wholeCents,
  return_url: z.string(),
  idempotency_key: z.optional(idempotencyKey),
})

export const topUpCheckoutSchema = z.looseObject({
  checkout_url: z.string(),
  session_id: optionalString,
})
export type TopUpCheckoutBody = z.infer<typeof topUpCheckoutSchema>

/** + As the customer's: contract/schemas.ts, `embeddedPurchaseSchema`. */
export const topUpEmbeddedRequestSchema = z.object({
  amount_cents: wholeCents,
  idempotency_key: idempotencyKey,
})

export const paymentPortalRequestSchema = z.object({ return_url: z.optional(z.string()) })

export const paymentPortalSchema = z.looseObject({ url: z.string() })
export type PaymentPortalBody = z.infer<typeof paymentPortalSchema>
