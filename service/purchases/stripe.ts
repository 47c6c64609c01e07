import { eq } from 'drizzle-orm'
import { Stripe } from 'stripe'
import type { Database } from '../database/open.ts'
import { accounts, type Account } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import type { Settings } from '../settings.ts'

/** The official SDK is the port; `apiBase` points it at another server than Stripe's. */
export function createStripe(settings: Pick<Settings['stripe'], 'secretKey' | 'apiBase'>): Stripe {
  const base = settings.apiBase === null ? null : new URL(settings.apiBase)
  return new Stripe(settings.secretKey, {
    timeout: 20_000,
    maxNetworkRetries: 2,
    telemetry: false,
    ...(base && {
      host: base.hostname,
      port: base.port || (base.protocol === 'https:' ? 443 : 80),
      protocol: base.protocol === 'https:' ? 'https' : 'http',
    }),
  })
}

/** Whether a secret key moves real money; null: it does not say. */
export function livemodeOf(secretKey: string): boolean | null {
  const mode = /_(test|live)_/.exec(secretKey)?.[1]
  return mode === undefined ? null : mode === 'live'
}

/** Runs a call to Stripe. Its errors become `payment-provider-failed`, with the cause. */
export async function askStripe<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error
    throw new ServiceError(
      'payment-provider-failed',
      'The payment provider did not take the request. Nothing was charged; try again shortly.',
      { cause: error },
    )
  }
}

/** The id of an object that Stripe returns as an id, or expanded on request. */
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null)
}

/** The account's customer at Stripe, created on first use: it has the receipts and invoices. */
export async function ensureStripeCustomer(
  db: Database,
  stripe: Stripe,
  account: Account,
): Promise<string> {
  if (account.stripeCustomerId !== null) return account.stripeCustomerId
  const customer = await askStripe(() =>
    stripe.customers.create(
      {
        ...(account.email !== null && { email: account.email }),
        ...(account.name !== null && { name: account.name }),
        metadata: { account_id: account.id },
      },
      // Two calls at once must not make two customers.
      { idempotencyKey: `customer:${account.id}` },
    ),
  )
  await db
    .update(accounts)
    .set({ stripeCustomerId: customer.id })
    .where(eq(accounts.id, account.id))
  return customer.id
}
