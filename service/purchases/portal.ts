import type { Deps } from '../deps.ts'
import type { Account } from '../database/schema.ts'
import { stripePage } from './stripe-page.ts'
import { askStripe, ensureStripeCustomer } from './stripe.ts'

/** Opens Stripe's portal for the account's cards and receipts, and returns its address. */
export async function openPortal(
  { db, stripe, publicUrl }: Pick<Deps, 'db' | 'stripe' | 'publicUrl'>,
  account: Account,
  returnPage: URL,
): Promise<string> {
  const customer = await ensureStripeCustomer(db, stripe, account)
  const session = await askStripe(() =>
    stripe.billingPortal.sessions.create({ customer, return_url: returnPage.href }),
  )
  return stripePage(session.url, publicUrl)
}
