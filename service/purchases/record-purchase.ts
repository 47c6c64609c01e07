import { and, eq, isNull } from 'drizzle-orm'
import type { Database } from '../database/open.ts'
import { purchases, type Account, type Purchase } from '../database/schema.ts'
import { hashOrder, type PurchaseOrder } from './checkout-session.ts'

const MINUTE_MS = 60_000
const SESSION_LIFE_MS = 60 * MINUTE_MS
/** Stripe refuses sessions that expire in less than 30 minutes. */
const SESSION_LIFE_MIN_MS = 31 * MINUTE_MS

/** Records the order, or finds the one under its key, which may be another order. */
export async function recordPurchase(
  db: Database,
  account: Account,
  order: PurchaseOrder,
): Promise<Purchase> {
  const [recorded] = await db
    .insert(purchases)
    .values({ ...rowOf(account, order), idempotencyKey: order.idempotencyKey })
    .onConflictDoNothing({ target: [purchases.accountId, purchases.idempotencyKey] })
    .returning()
  if (recorded) return recorded
  const [earlier] = await db
    .select()
    .from(purchases)
    .where(
      and(
        eq(purchases.accountId, account.id),
        eq(purchases.idempotencyKey, order.idempotencyKey ?? ''),
      ),
    )
  if (!earlier) throw new Error('A purchase conflicted with one that does not exist.')
  return withUsableExpiry(db, earlier)
}

/** The purchase that replaces another; the key stays the other's. */
export async function recordReplacement(
  db: Database,
  account: Account,
  order: PurchaseOrder & { readonly replaces: string },
): Promise<Purchase> {
  const { replaces } = order
  const [recorded] = await db
    .insert(purchases)
    .values({ ...rowOf(account, order), replaces })
    .onConflictDoNothing({ target: purchases.replaces })
    .returning()
  const replacement = recorded ?? (await findReplacement(db, replaces))
  if (!replacement) throw new Error('A replacement conflicted with one that does not exist.')
  return withUsableExpiry(db, replacement)
}

export async function findReplacement(db: Database, replaced: string): Promise<Purchase | null> {
  const [found] = await db.select().from(purchases).where(eq(purchases.replaces, replaced))
  return found ?? null
}

function rowOf(account: Account, order: PurchaseOrder) {
  return {
    accountId: account.id,
    amountUsdMicros: order.amountUsdMicros,
    requestHash: hashOrder(order),
    expiresAt: expiryFromNow(),
  }
}

/** A purchase that never reached Stripe may be retried so late that it would expire too soon. */
async function withUsableExpiry(db: Database, purchase: Purchase): Promise<Purchase> {
  if (purchase.sessionId !== null) return purchase
  if (purchase.expiresAt.getTime() - Date.now() > SESSION_LIFE_MIN_MS) return purchase
  const expiresAt = expiryFromNow()
  await db
    .update(purchases)
    .set({ expiresAt })
    .where(and(eq(purchases.id, purchase.id), isNull(purchases.sessionId)))
  return { ...purchase, expiresAt }
}

function expiryFromNow(): Date {
  return new Date(Date.now() + SESSION_LIFE_MS)
}
