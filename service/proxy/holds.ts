import { setTimeout as wait } from 'node:timers/promises'
import { and, eq, gt, gte, sql } from 'drizzle-orm'
import { isDatabaseBusy } from '../database/away.ts'
import { firstRow } from '../database/rows.ts'
import type { Database } from '../database/open.ts'
import { accounts, holds } from '../database/schema.ts'
import type { Admission } from '../settings.ts'
import { PARTNER_TIMEOUT_MS } from './partner.ts'

/** How long a call that has ended waits for a database that is away, to be charged. */
export const SETTLE_PATIENCE_MS = 60_000

/** After so long the process that opened a hold cannot end it any more. */
const LIFE_S = (PARTNER_TIMEOUT_MS + SETTLE_PATIENCE_MS + 10_000) / 1_000

export interface NewHold {
  readonly id: string
  readonly accountId: string
  readonly jobId: string | undefined
  readonly nodeType: string | undefined
  readonly path: string
  readonly terms: unknown
  readonly estimateUsdMicros: number
}

/**
 * Reserves a call's estimate; false if the account has not enough for it.
 *
 * One statement locks the account's row and admits by that row alone, which has the sum of all open
 * holds. PostgreSQL checks the condition again on the newest version of a row that it had to wait
 * for, so calls at once are admitted one after the other, on all instances.
 */
async function openHold(db: Database, admission: Admission, hold: NewHold): Promise<boolean> {
  const free = sql<number>`${accounts.balanceUsdMicros} - ${accounts.heldUsdMicros}`
  const admitted = and(
    eq(accounts.id, hold.accountId),
    gt(accounts.balanceUsdMicros, 0),
    admission === 'strict' ? gte(free, sql`${hold.estimateUsdMicros}::bigint`) : undefined,
  )
  const opened = await db.execute(sql`
    insert into ${holds}
      (id, account_id, job_id, node_type, path, terms, estimate_usd_micros, expires_at)
    select ${hold.id}::uuid, ${accounts.id}, ${hold.jobId ?? null}::text,
      ${hold.nodeType ?? null}::text, ${hold.path}::text, ${JSON.stringify(hold.terms)}::jsonb,
      ${hold.estimateUsdMicros}::bigint, clock_timestamp() + make_interval(secs => ${LIFE_S})
    from ${accounts} where ${admitted}
    for no key update
    returning id`)
  return firstRow(opened) !== undefined
}

/** How long a call waits to be admitted while others hold its account's row. */
const ADMISSION_PATIENCE_MS = 10_000
const PAUSE_MS = 250

/** The same, and again while another transaction has the account for longer than a statement waits. */
export async function openHoldPatiently(
  db: Database,
  admission: Admission,
  hold: NewHold,
): Promise<boolean> {
  const deadline = Date.now() + ADMISSION_PATIENCE_MS
  for (;;) {
    try {
      return await openHold(db, admission, hold)
    } catch (error) {
      if (!isDatabaseBusy(error) || Date.now() > deadline) throw error
      await wait(PAUSE_MS)
    }
  }
}
