import { sql } from 'drizzle-orm'
import { isDatabaseBusy } from '../database/away.ts'
import { firstRow } from '../database/rows.ts'
import type { Database } from '../database/open.ts'
import { accounts, holds } from '../database/schema.ts'
import type { CallMadeBy } from '../events/record.ts'
import type { Admission } from '../settings.ts'
import { hasFreeSlot, type Concurrency } from './concurrency.ts'
import { PARTNER_TIMEOUT_MS } from './partner.ts'
import { patiently } from './patiently.ts'

/** How long a call that has ended waits for a database that is away, to be charged. */
export const SETTLE_PATIENCE_MS = 60_000

/** After so long the process that opened a hold cannot end it any more. */
const LIFE_S = (PARTNER_TIMEOUT_MS + SETTLE_PATIENCE_MS + 10_000) / 1_000

export interface NewHold extends CallMadeBy {
  readonly id: string
  readonly accountId: string
  readonly jobId: string | undefined
  readonly nodeType: string | undefined
  readonly path: string
  readonly terms: unknown
  readonly estimateUsdMicros: number
}

/** `unfunded`: the account has not enough for it. `busy`: as many of its calls run as may at once. */
type Opened = 'opened' | 'unfunded' | 'busy'

export interface AdmissionRules {
  readonly admission: Admission
  readonly concurrency: Concurrency
}

/**
 * Reserves a call's estimate, or says why not.
 *
 * One statement locks the account's row first and judges then: by that row, which has the sum of all
 * open holds, and by a count of running calls that is made once the lock is held. So calls at once are
 * admitted one after the other, on all instances.
 */
async function openHold(
  db: Database,
  { admission, concurrency }: AdmissionRules,
  hold: NewHold,
): Promise<Opened> {
  const estimate = sql`${hold.estimateUsdMicros}::bigint`
  const covered =
    admission === 'strict' ? sql`balance_usd_micros - held_usd_micros >= ${estimate}` : sql`true`
  const result = await db.execute(sql`
    with account as materialized (
      select id, balance_usd_micros, held_usd_micros from ${accounts}
      where id = ${hold.accountId} for no key update
    ), judged as materialized (
      select id, balance_usd_micros > 0 and ${covered} as funded,
        ${hasFreeSlot(concurrency, sql`account.id`, hold)} as free
      from account
    ), opened as (
      insert into ${holds}
        (id, account_id, job_id, node_type, person_id, api_key_id, path, terms,
          estimate_usd_micros, expires_at)
      select ${hold.id}::uuid, id, ${hold.jobId ?? null}::text,
        ${hold.nodeType ?? null}::text, ${hold.personId}::uuid, ${hold.apiKeyId}::uuid,
        ${hold.path}::text, ${JSON.stringify(hold.terms)}::jsonb,
        ${estimate}, clock_timestamp() + make_interval(secs => ${LIFE_S})
      from judged where funded and free
    )
    select funded, free from judged`)
  const judged = firstRow(result)
  if (judged?.['funded'] !== true) return 'unfunded'
  return judged['free'] === true ? 'opened' : 'busy'
}

/** How long a call waits to be admitted while others hold its account's row. */
const ADMISSION_PATIENCE_MS = 10_000

/** The same, and again while another transaction has the account for longer than a statement waits. */
export function openHoldPatiently(
  db: Database,
  rules: AdmissionRules,
  hold: NewHold,
): Promise<Opened> {
  return patiently(ADMISSION_PATIENCE_MS, isDatabaseBusy, () => openHold(db, rules, hold))
}
