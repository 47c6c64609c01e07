import { and, asc, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { isUuid } from '../database/columns.ts'
import type { Database } from '../database/open.ts'
import { holds, type Hold } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { findProduct } from './catalog.ts'
import { describeUsage } from './run-call.ts'
import { settleCall, type SettledCall } from './settle-call.ts'

/** What the service cannot decide about calls: for operators, through `npm run admin -- holds`. */

/** Nobody has dealt with these, the oldest first. */
export function listHoldProblems(db: Database): Promise<Hold[]> {
  return db
    .select()
    .from(holds)
    .where(and(isNotNull(holds.problem), isNull(holds.attendedAt)))
    .orderBy(asc(holds.createdAt))
}

/** Takes it from the list. An unresolved call is not charged then. */
export async function attendHold(db: Database, id: string): Promise<void> {
  const { state } = await findProblem(db, id)
  await db
    .update(holds)
    .set({
      attendedAt: sql`clock_timestamp()`,
      ...(state === 'unresolved' && { state: 'released' }),
    })
    .where(and(eq(holds.id, id), eq(holds.state, state)))
}

/** Charges an unresolved call what it was estimated at. */
export async function chargeHold(db: Database, id: string): Promise<SettledCall> {
  const { accountId, path, terms, state, estimateUsdMicros } = await findProblem(db, id)
  if (state !== 'unresolved') {
    throw new ServiceError('conflict', 'This call has ended. Correct its charge by an adjustment.')
  }
  const product = findProduct(path)
  const price = product?.price(terms, {}) ?? { usdMicros: 0, model: 'unknown' }
  const end = { price, outcome: 'succeeded', usage: {} } as const
  const usage = describeUsage(product ?? { apiName: 'API call' }, end, null)
  // A person has decided, whatever the balance is.
  return settleCall(
    { db, admission: 'comfy' },
    { id, accountId, priceUsdMicros: estimateUsdMicros, usage },
    'unresolved',
  )
}

async function findProblem(db: Database, id: string): Promise<Hold> {
  const [hold] = isUuid(id) ? await db.select().from(holds).where(eq(holds.id, id)) : []
  if (hold && hold.problem !== null) return hold
  throw new ServiceError('not-found', 'No call with this id needs a person.')
}
