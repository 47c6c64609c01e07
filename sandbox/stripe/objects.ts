import type Stripe from 'stripe'
import type {
  Charge,
  Customer,
  Dispute,
  PaymentIntent,
  Portal,
  Price,
  Product,
  Refund,
  SavedCard,
  Session,
  State,
} from './state.ts'
import type { StripeWorld } from './world.ts'

/**
 * The state, in the shapes of Stripe's API. Only fields that the stand-in implements are there;
 * `satisfies` checks them against the official SDK's types.
 */

export function customerObject(customer: Customer) {
  return {
    id: customer.id,
    object: 'customer',
    created: customer.created,
    email: customer.email,
    name: customer.name,
    description: customer.description,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: customer.defaultCard,
      footer: null,
      rendering_options: null,
    },
    metadata: customer.metadata,
    livemode: false,
  } satisfies Partial<Stripe.Customer>
}

export function productObject(product: Product) {
  return {
    id: product.id,
    object: 'product',
    active: true,
    created: product.created,
    name: product.name,
    description: product.description,
    metadata: product.metadata,
    livemode: false,
  } satisfies Partial<Stripe.Product>
}

export function priceObject(price: Price) {
  return {
    id: price.id,
    object: 'price',
    active: true,
    created: price.created,
    currency: price.currency,
    product: price.product,
    type: 'one_time',
    unit_amount: price.unitAmountMinor,
    metadata: price.metadata,
    livemode: false,
  } satisfies Partial<Stripe.Price>
}

export function sessionObject(session: Session, world: StripeWorld) {
  return {
    id: session.id,
    object: 'checkout.session',
    allowed_payment_method_types: session.methods,
    amount_subtotal: session.amountMinor,
    amount_total: session.amountMinor,
    cancel_url: session.cancelUrl,
    client_reference_id: session.clientReferenceId,
    client_secret: session.status === 'open' ? session.clientSecret : null,
    created: session.created,
    currency: session.currency,
    customer: session.customer,
    customer_creation: session.customerCreation,
    customer_details: session.email === null ? null : customerDetails(session.email),
    customer_email: session.email,
    expires_at: session.expiresAt,
    livemode: false,
    metadata: session.metadata,
    mode: 'payment',
    payment_intent: session.paymentIntent,
    payment_method_types: session.methods,
    payment_status: session.paymentStatus,
    status: session.status,
    success_url: session.successUrl,
    ui_mode: session.uiMode,
    ...(session.uiMode === 'embedded_page' && { redirect_on_completion: 'never' as const }),
    // As Stripe: the page's address is only there while it can be paid.
    url:
      session.status === 'open' && session.uiMode === 'hosted_page'
        ? `${world.publicUrl}/c/pay/${session.id}`
        : null,
  } satisfies Partial<Stripe.Checkout.Session>
}

function customerDetails(email: string) {
  return {
    email,
    address: null,
    business_name: null,
    individual_name: null,
    name: null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: null,
  } satisfies Stripe.Checkout.Session.CustomerDetails
}

export function lineItemObjects(session: Session, state: State) {
  return session.lineItems.flatMap((item) => {
    const price = state.prices[item.price]
    if (price === undefined) return []
    const amount = price.unitAmountMinor * item.quantity
    return [
      {
        id: item.id,
        object: 'item',
        amount_discount: 0,
        amount_subtotal: amount,
        amount_tax: 0,
        amount_total: amount,
        currency: price.currency,
        description: state.products[price.product]?.name ?? null,
        quantity: item.quantity,
        price: priceObject(price),
      },
    ]
  })
}

export function paymentIntentObject(intent: PaymentIntent, world: StripeWorld) {
  return {
    id: intent.id,
    object: 'payment_intent',
    amount: intent.amountMinor,
    amount_received: intent.status === 'succeeded' ? intent.amountMinor : 0,
    cancellation_reason: intent.cancellationReason,
    created: intent.created,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    last_payment_error:
      intent.lastError === null
        ? null
        : {
            type: 'card_error',
            code: intent.lastError.code,
            ...(intent.lastError.declineCode !== null && {
              decline_code: intent.lastError.declineCode,
            }),
            message: intent.lastError.message,
          },
    latest_charge: intent.charge,
    livemode: false,
    metadata: intent.metadata,
    next_action:
      intent.status === 'requires_action'
        ? {
            type: 'redirect_to_url',
            redirect_to_url: {
              url: `${world.publicUrl}/c/authenticate/${intent.id}`,
              return_url: intent.returnUrl,
            },
          }
        : null,
    payment_method: intent.card,
    payment_method_types: [intent.method],
    status: intent.status,
  } satisfies Partial<Stripe.PaymentIntent>
}

export function cardObject(card: SavedCard) {
  return {
    id: card.id,
    object: 'payment_method',
    created: card.created,
    customer: card.customer,
    livemode: false,
    metadata: {},
    type: 'card',
    card: { brand: card.brand, last4: card.last4 },
  } satisfies Omit<Partial<Stripe.PaymentMethod>, 'card'> & {
    card: Partial<Stripe.PaymentMethod.Card>
  }
}

export function chargeObject(charge: Charge, world: StripeWorld) {
  return {
    id: charge.id,
    object: 'charge',
    amount: charge.amountMinor,
    amount_captured: charge.amountMinor,
    amount_refunded: refundedMinor(charge, world.state),
    captured: true,
    created: charge.created,
    currency: charge.currency,
    customer: charge.customer,
    description: charge.description,
    disputed: Object.values(world.state.disputes).some((dispute) => dispute.charge === charge.id),
    livemode: false,
    metadata: charge.metadata,
    paid: true,
    payment_intent: charge.paymentIntent,
    receipt_email: charge.email,
    receipt_url: receiptUrl(charge, world),
    refunded: refundedMinor(charge, world.state) === charge.amountMinor,
    status: 'succeeded',
  } satisfies Partial<Stripe.Charge>
}

/** The sum of a charge's refunds. */
export function refundedMinor(charge: Charge, state: State): number {
  return Object.values(state.refunds)
    .filter((refund) => refund.charge === charge.id)
    .reduce((sum, refund) => sum + refund.amountMinor, 0)
}

export function refundObject(refund: Refund) {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amountMinor,
    charge: refund.charge,
    created: refund.created,
    currency: refund.currency,
    metadata: refund.metadata,
    payment_intent: refund.paymentIntent,
    reason: refund.reason,
    status: 'succeeded',
  } satisfies Partial<Stripe.Refund>
}

export function disputeObject(dispute: Dispute) {
  return {
    id: dispute.id,
    object: 'dispute',
    amount: dispute.amountMinor,
    charge: dispute.charge,
    created: dispute.created,
    currency: dispute.currency,
    livemode: false,
    metadata: {},
    payment_intent: dispute.paymentIntent,
    reason: dispute.reason,
    status: dispute.status,
  } satisfies Partial<Stripe.Dispute>
}

export function receiptUrl(charge: Charge, world: StripeWorld): string {
  return `${world.publicUrl}/receipts/${charge.id}`
}

export function portalObject(portal: Portal, world: StripeWorld) {
  return {
    id: portal.id,
    object: 'billing_portal.session',
    created: portal.created,
    customer: portal.customer,
    livemode: false,
    return_url: portal.returnUrl,
    url: `${world.publicUrl}/p/session/${portal.id}`,
  } satisfies Partial<Stripe.BillingPortal.Session>
}
