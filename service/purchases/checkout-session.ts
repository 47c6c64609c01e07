import { createHash } from 'node:crypto'
import type { Stripe } from 'stripe'
import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Account, Purchase } from '../database/schema.ts'
import { ORDER_VERSION, orderMetadata } from './order-metadata.ts'
import { returnAddress } from './return-address.ts'
import { askStripe } from './stripe.ts'

export interface PurchaseOrder {
  readonly amountUsdMicros: number
  /** Where it is paid: on Stripe's page, which returns to this one, or inside the buyer's page. */
  readonly paidAt: { readonly returnPage: URL } | 'embedded'
  /** The same key with the same order is the same purchase. */
  readonly idempotencyKey: string | null
  /** Whether the paying card is saved, so that later top-ups can charge it. */
  readonly saveCard: boolean
}

/** What distinguishes an order from another one under the same key. */
export function hashOrder({ amountUsdMicros, paidAt, saveCard }: PurchaseOrder): string {
  const text = JSON.stringify([
    amountUsdMicros,
    paidAt === 'embedded' ? paidAt : paidAt.returnPage.href,
    ...(saveCard ? ['save-card'] : []),
  ])
  return createHash('sha256').update(text).digest('hex')
}

/** The purchase's session at Stripe. A repeat returns the same session in its first state. */
export function createSession(
  stripe: Stripe,
  about: { account: Account; customer: string; purchase: Purchase; order: PurchaseOrder },
): Promise<Stripe.Checkout.Session> {
  const { account, customer, purchase, order } = about
  const metadata = orderMetadata(account, { purchase })
  const expiresAtSeconds = Math.floor(purchase.expiresAt.getTime() / 1_000)
  return askStripe(() =>
    stripe.checkout.sessions.create(
      {
        mode: 'payment',
        customer,
        client_reference_id: purchase.accountId,
        metadata,
        // The intent and its charge do not inherit the session's, and refunds refer to the charge.
        payment_intent_data: { metadata },
        // The portal lists invoices, not receipts: with one per payment it lists them all.
        invoice_creation: { enabled: true },
        line_items: [
          {
            quantity: 1,
            price_data: {
              currency: 'usd',
              unit_amount: centsFromUsdMicros(purchase.amountUsdMicros),
              product_data: { name: 'ComfyUI credits' },
            },
          },
        ],
        ...(order.paidAt === 'embedded' ? embedded(order) : onPage(order, order.paidAt.returnPage)),
        expires_at: expiresAtSeconds,
      },
      // Stripe refuses a repeated key with other parameters, so the key has whatever they depend on.
      { idempotencyKey: `purchase:${purchase.id}:${expiresAtSeconds}:${ORDER_VERSION}` },
    ),
  )
}

// Methods: API version 2026-09-30 replaced payment_method_types, which it refuses.
// https://docs.stripe.com/changelog/endive/2026-09-30/remove-payment-method-types-checkout-sessions
// Saving is requested for the card only: for the whole payment it would remove the methods that cannot
// be saved, such as WeChat Pay.

function onPage(
  { saveCard }: PurchaseOrder,
  returnPage: URL,
): Partial<Stripe.Checkout.SessionCreateParams> {
  return {
    allowed_payment_method_types: ['card', 'wechat_pay', 'alipay'],
    payment_method_options: {
      wechat_pay: { client: 'web' },
      ...(saveCard && { card: { setup_future_usage: 'off_session' } }),
    },
    success_url: returnAddress(returnPage, 'success'),
    cancel_url: returnAddress(returnPage, 'cancelled'),
  }
}

/**
 * Nothing may lead away from the page around it, which may hold unsaved work: so no methods that
 * redirect. https://docs.stripe.com/payments/checkout/custom-success-page?payment-ui=embedded-form
 */
function embedded({ saveCard }: PurchaseOrder): Partial<Stripe.Checkout.SessionCreateParams> {
  return {
    ui_mode: 'embedded_page',
    redirect_on_completion: 'never',
    allowed_payment_method_types: ['card'],
    ...(saveCard && { payment_method_options: { card: { setup_future_usage: 'off_session' } } }),
  }
}
