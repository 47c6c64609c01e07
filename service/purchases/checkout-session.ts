import { createHash } from 'node:crypto'
import type { Stripe } from 'stripe'
import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Account, Purchase } from '../database/schema.ts'
import { ORDER_VERSION, orderMetadata } from './order-metadata.ts'
import { returnAddress } from './return-address.ts'
import { askStripe } from './stripe.ts'

export interface PurchaseOrder {
  readonly amountUsdMicros: number
  /** Where it is paid: on a page of Stripe's, which returns to this one; or inside the buyer's page. */
  readonly paidAt: { readonly returnPage: URL } | 'embedded'
  /** The same key with the same order is the same purchase. */
  readonly idempotencyKey: string | null
  /** Whether a card that pays is kept, so that later top-ups can be charged to it. */
  readonly saveCard: boolean
}

/** What tells an order from another one under the same key. */
export function hashOrder({ amountUsdMicros, paidAt, saveCard }: PurchaseOrder): string {
  const text = JSON.stringify([
    amountUsdMicros,
    paidAt === 'embedded' ? paidAt : paidAt.returnPage.href,
    ...(saveCard ? ['save-card'] : []),
  ])
  return createHash('sha256').update(text).digest('hex')
}

/** The purchase's session at Stripe. Asked for again it is the same one, as it was when it was new. */
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
        // The intent and its charge do not get the session's, and a refund speaks of the charge.
        payment_intent_data: { metadata },
        // The portal lists invoices, not receipts: with one for each payment it has them all.
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
      // Stripe refuses a key that comes again with other parameters, so what they vary by is in it.
      { idempotencyKey: `purchase:${purchase.id}:${expiresAtSeconds}:${ORDER_VERSION}` },
    ),
  )
}

// Methods: since API version 2026-09-30 in the place of payment_method_types, which is refused.
// https://docs.stripe.com/changelog/endive/2026-09-30/remove-payment-method-types-checkout-sessions
// To save a card is asked of the card only: of the whole payment it would take away the methods that
// cannot be kept, and WeChat Pay is one.

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
 * Nothing may lead away from the page it is paid in, which may hold unsaved work: so no methods that
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
