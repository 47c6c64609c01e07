import { eq, lt, sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Database, OpenDatabase, Transaction } from '../database/open.ts'
import { pendingCalls } from '../database/schema.ts'
import { PARTNER_TIMEOUT_MS } from './partner.ts'

/** How long a call that has ended waits for a database that is away, to be charged. */
export const SETTLE_PATIENCE_MS = 60_000

export interface PendingCall {
  readonly id: string
  readonly accountId: string
  readonly jobId: string | undefined
  readonly estimateUsdMicros: number
}

export async function openPendingCall(db: Database, call: PendingCall): Promise<void> {
  await db.insert(pendingCalls).values({
    ...call,
    jobId: call.jobId ?? null,
    expiresAt: new Date(Date.now() + PARTNER_TIMEOUT_MS + SETTLE_PATIENCE_MS + 10_000),
  })
}

/** False if it was closed before. */
export async function closePendingCall(tx: Transaction, id: string): Promise<boolean> {
  const closed = await tx.delete(pendingCalls).where(eq(pendingCalls.id, id)).returning()
  return closed.length > 0
}

/**
 * Runs at start: drops the calls that a killed process left behind. On a database of our own these are
 * all calls; on a shared one, those that can no longer end. It logs each, since the partner's work
 * was not charged.
 */
export async function dropAbandonedCalls(database: OpenDatabase, log: Logger): Promise<void> {
  const abandoned = await database.db
    .delete(pendingCalls)
    .where(database.exclusive ? undefined : lt(pendingCalls.expiresAt, sql`now()`))
    .returning()
  for (const call of abandoned) {
    log.warn(
      { call: call.id, account: call.accountId, jobId: call.jobId },
      'A call to a partner was cut off by the end of a process and was not charged.',
    )
  }
}
