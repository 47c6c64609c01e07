import { and, eq, gt, sql } from 'drizzle-orm'
import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import { features, type BalanceBody, type Feature } from '@comfyui-credits/contract/schemas'
import { safeInteger } from '../database/columns.ts'
import type { Database } from '../database/open.ts'
import type { Deps } from '../deps.ts'
import { pendingCalls, type Account } from '../database/schema.ts'

/** The balance as on the wire: exact cents, fractional where the ledger is. */
export async function describeBalance(
  deps: Pick<Deps, 'db' | 'contract' | 'publishableKey'>,
  account: Account,
): Promise<BalanceBody> {
  const pendingUsdMicros = await sumOfPendingCalls(deps.db, account.id)
  const amount = centsFromUsdMicros(account.balanceUsdMicros)
  return {
    amount_micros: amount,
    prepaid_balance_micros: amount,
    cloud_credit_balance_micros: 0,
    pending_charges_micros: centsFromUsdMicros(pendingUsdMicros),
    effective_balance_micros: centsFromUsdMicros(account.balanceUsdMicros - pendingUsdMicros),
    currency: 'usd',
    ...(deps.contract === 'extended' && { features: offeredBy(deps) }),
  }
}

function offeredBy({ publishableKey }: Pick<Deps, 'publishableKey'>): Feature[] {
  return features.filter((feature) => feature !== 'embedded_checkout' || publishableKey !== null)
}

async function sumOfPendingCalls(db: Database, accountId: string): Promise<number> {
  const [row] = await db
    .select({
      total: sql`coalesce(sum(${pendingCalls.estimateUsdMicros}), 0)`.mapWith(safeInteger),
    })
    .from(pendingCalls)
    .where(and(eq(pendingCalls.accountId, accountId), gt(pendingCalls.expiresAt, sql`now()`)))
  return row?.total ?? 0
}
