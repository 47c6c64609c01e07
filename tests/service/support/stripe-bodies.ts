import type Stripe from 'stripe'

/**
 * Bodies of webhooks as Stripe documents them, whole: the types are the official SDK's, which leave
 * out no field. https://docs.stripe.com/api/events/types
 */

const CREATED = 1_763_800_000

export interface PaymentFacts {
  readonly sessionId: string
  readonly intentId: string
  readonly chargeId: string
  readonly amountCents: number
  /** As our order has it. */
  readonly metadata: Record<string, string>
  readonly currency?: string
}

export function sessionBody(
  facts: PaymentFacts,
  change: Partial<Stripe.Checkout.Session> = {},
): Stripe.Checkout.Session {
  const { amountCents, currency = 'usd' } = facts
  return {
    id: facts.sessionId,
    object: 'checkout.session',
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: ['card', 'wechat_pay', 'alipay'],
    amount_subtotal: amountCents,
    amount_total: amountCents,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: 'https://credits.example.com/checkout/done?checkout=cancelled',
    client_reference_id: null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: CREATED,
    currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: 'cus_1',
    customer_account: null,
    customer_creation: null,
    customer_details: {
      address: null,
      business_name: null,
      email: 'user@example.com',
      individual_name: null,
      name: 'A Person',
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
    customer_email: null,
    discounts: [],
    expires_at: CREATED + 3_600,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: facts.metadata,
    mode: 'payment',
    origin_context: null,
    payment_intent: facts.intentId,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: ['card', 'wechat_pay', 'alipay'],
    payment_status: 'paid',
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'complete',
    submit_type: null,
    subscription: null,
    success_url: 'https://credits.example.com/checkout/done?checkout=success',
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: null,
    wallet_options: null,
    ...change,
  }
}

/** A charge of which so much was refunded in all. */
export function chargeBody(facts: PaymentFacts, refundedCents: number): Stripe.Charge {
  const { amountCents, currency = 'usd' } = facts
  return {
    id: facts.chargeId,
    object: 'charge',
    amount: amountCents,
    amount_captured: amountCents,
    amount_refunded: refundedCents,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: 'txn_1',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: 'COMFY CREDITS',
    captured: true,
    created: CREATED + 60,
    currency,
    customer: 'cus_1',
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: facts.metadata,
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      risk_score: 12,
      seller_message: 'Payment complete.',
      type: 'authorized',
    },
    paid: true,
    payment_intent: facts.intentId,
    payment_method: 'pm_1',
    payment_method_details: null,
    receipt_email: 'user@example.com',
    receipt_number: null,
    receipt_url: `https://pay.example.com/receipts/${facts.chargeId}`,
    refunded: refundedCents === amountCents,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'succeeded',
    transfer_data: null,
    transfer_group: null,
  }
}

/** As Stripe has it, a dispute carries nothing of the payment's metadata. */
export function disputeBody(
  facts: PaymentFacts,
  dispute: {
    readonly id: string
    readonly status: Stripe.Dispute.Status
    readonly amountCents?: number
  },
): Stripe.Dispute {
  return {
    id: dispute.id,
    object: 'dispute',
    amount: dispute.amountCents ?? facts.amountCents,
    balance_transactions: [],
    charge: facts.chargeId,
    created: CREATED + 86_400,
    currency: facts.currency ?? 'usd',
    enhanced_eligibility_types: [],
    evidence: emptyEvidence,
    evidence_details: {
      due_by: CREATED + 10 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: 'manual',
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: facts.intentId,
    reason: 'fraudulent',
    status: dispute.status,
  }
}

const emptyEvidence: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: 'user@example.com',
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
}
