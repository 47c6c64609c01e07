import { sql, type SQL } from 'drizzle-orm'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { ServiceError } from '../errors.ts'

/**
 * How many calls of an account may run at once, by what it has paid so far, as ComfyUI does it: 5 at
 * first and 40 at most, and of a product that costs more than 5 USD a call a quarter of that, counted
 * apart. https://docs.comfy.org/tutorials/partner-nodes/concurrency-limits
 */

export interface ConcurrencyTier {
  readonly paidUsdMicros: number
  readonly calls: number
}

/** By rising payments, the first from nothing on; null: no limit. */
export type Concurrency = readonly ConcurrencyTier[] | null

const COSTLY_USD_MICROS = usdMicrosFromUsd(5)
const COSTLY_SHARE = 4

/** Nobody knows when a running call ends; most take seconds. */
const RETRY_AFTER_S = 3

/** In SQL: whether the account, whose row is held, may have one more call of this product. */
export function hasFreeSlot(
  concurrency: Concurrency,
  accountId: SQL,
  call: { readonly path: string; readonly estimateUsdMicros: number },
): SQL {
  if (concurrency === null) return sql`true`
  const costly = call.estimateUsdMicros > COSTLY_USD_MICROS
  const limits = concurrency.toReversed().map(({ paidUsdMicros, calls }) => {
    const limit = costly ? Math.max(1, Math.floor(calls / COSTLY_SHARE)) : calls
    return sql`when ${paidUsdMicros}::bigint <= ${paidBy(accountId)} then ${limit}::integer`
  })
  const running = sql`running_calls(${accountId}, ${costly ? call.path : null}::text, ${COSTLY_USD_MICROS}::bigint)`
  return sql`${running} < case ${sql.join(limits, sql` `)} else 0 end`
}

/** Payments, without what went back. What support gave was not paid, also where it is called a refund. */
function paidBy(accountId: SQL): SQL {
  return sql`greatest(0, (
    select coalesce(sum(case kind when 'refund' then least(amount_usd_micros, 0)
      else amount_usd_micros end), 0)
    from ledger_entries
    where account_id = ${accountId} and kind in ('top_up', 'refund', 'dispute')))`
}

export function tooManyAtOnce(): ServiceError {
  return new ServiceError(
    'rate-limited',
    'Too many of your API calls run at once. Wait for one to end; the limit rises with what you have paid.',
    { retryAfterSeconds: RETRY_AFTER_S },
  )
}
