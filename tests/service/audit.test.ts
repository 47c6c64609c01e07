import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { adminOf } from '../../service/admin.ts'
import { audit } from '../../service/audit/audit.ts'
import { checks } from '../../service/audit/checks.ts'
import type { OpenDatabase } from '../../service/database/open.ts'
import { settleCall } from '../../service/proxy/settle-call.ts'
import { findAccount } from '../../service/customers/accounts.ts'
import { openTestDatabase } from './support/database.ts'
import { openTestHold } from './support/holds.ts'

/** Each damage is done past the guards of the database, as a restored or patched one may have it. */

let database: OpenDatabase
let accountId: string
beforeAll(async () => {
  database = await openTestDatabase()
  const { db } = database
  const about = { subject: 'audited', reason: 'for the test' }
  for (const reference of ['one', 'two', 'three']) {
    await adminOf(db).adjust({ ...about, usdMicros: 5_000_000, reference })
  }
  accountId = (await findAccount(db, 'audited'))?.id ?? ''
  const usage = { api_name: 'A', model: 'm', duration_ms: 1, outcome: 'succeeded' } as const
  const { id } = await openTestHold(db, accountId, { estimateUsdMicros: 40_000 })
  await settleCall({ db, admission: 'strict' }, { id, accountId, priceUsdMicros: 40_000, usage })
  await db.execute(
    sql.raw(`
    with entry as (
      insert into ledger_entries (account_id, seq, kind, amount_usd_micros,
        balance_before_usd_micros, balance_after_usd_micros, reference)
      select id, 5, 'top_up', 25000000, balance_usd_micros, balance_usd_micros + 25000000, 'cs_1'
        from accounts where id = '${accountId}' returning *),
    purchase as (
      insert into purchases (account_id, amount_usd_micros, request_hash, session_id, state,
        ledger_entry_id, expires_at)
      select account_id, 25000000, 'hash', 'cs_1', 'credited', id, now() from entry)
    insert into account_events (account_id, event_type, params)
      select account_id, 'credit_added',
        jsonb_build_object('amount', 2500, 'transaction_id', id, 'session_id', 'cs_1') from entry`),
  )
})
afterAll(() => database.close())

const DAMAGE = 'undo the damage'

/** The findings after the damage, which is undone again. */
async function findingsAfter(statement: string): Promise<string[]> {
  let found: string[] = []
  const damaged = database.db.transaction(async (tx) => {
    // As a restore does: no triggers, no foreign keys.
    await tx.execute(sql.raw(`set local session_replication_role = replica`))
    for (const check of ['sum', 'sign', 'start']) {
      await tx.execute(
        sql.raw(`alter table ledger_entries drop constraint ledger_entries_${check}`),
      )
    }
    await tx.execute(sql.raw(statement))
    found = (await audit({ transaction: (run) => run(tx) })).map(({ check }) => check)
    throw new Error(DAMAGE)
  })
  await expect(damaged).rejects.toThrow(DAMAGE)
  return [...new Set(found)]
}

it('finds nothing in a ledger that is right', async () => {
  expect(await audit(database.db)).toEqual([])
})

const damages: [keyof typeof checks, string][] = [
  [
    'entry-sum',
    `update ledger_entries set amount_usd_micros = amount_usd_micros + 1 where seq = 2`,
  ],
  ['entry-chain', `delete from ledger_entries where seq = 2`],
  ['account-balance', `update accounts set balance_usd_micros = balance_usd_micros + 1`],
  ['payment-granted-otherwise', `update ledger_entries set reference = 'cs_2' where seq = 5`],
  ['grant-without-payment', `delete from purchases`],
  ['grant-not-shown', `delete from account_events where event_type = 'credit_added'`],
  ['change-not-shown', `delete from account_events where event_type = 'credit_adjusted'`],
  [
    'shown-without-entry',
    `insert into account_events (account_id, event_type, params)
      select account_id, 'credit_added', '{"amount": 1}' from account_events limit 1`,
  ],
  ['usage-not-shown', `delete from account_events where event_type = 'api_usage_completed'`],
  ['charge-without-hold', `delete from holds`],
  ['hold-captured-otherwise', `update holds set captured_usd_micros = captured_usd_micros + 1`],
  ['held-sum', `update accounts set held_usd_micros = held_usd_micros + 1`],
  [
    'hold-not-ended',
    `insert into holds (id, account_id, estimate_usd_micros, expires_at)
      select gen_random_uuid(), id, 1, now() - interval '2 minutes' from accounts`,
  ],
  ['hold-not-listed', `update holds set excess_usd_micros = 1`],
  [
    'event-not-processed',
    `insert into webhook_events (id, type, payment, livemode, payload, created_at, received_at)
      values ('evt_1', 'charge.refunded', 'pi_1', false, '{}', now(), now() - interval '2 days')`,
  ],
]

/** With everything that the guards ask for; nothing is past them. */
const HAND_WRITTEN = `
  with entry as (
    insert into ledger_entries (account_id, seq, kind, amount_usd_micros,
      balance_before_usd_micros, balance_after_usd_micros, reference)
    select id, head_seq + 1, 'adjustment', 5000000, balance_usd_micros,
      balance_usd_micros + 5000000, 'a gift' from accounts returning *)
  update accounts set head_seq = entry.seq, balance_usd_micros = entry.balance_after_usd_micros
    from entry where accounts.id = entry.account_id`

it.each(damages)('the audit finds %s', async (check, statement) => {
  expect(await findingsAfter(statement)).toContain(check)
  expect(await audit(database.db)).toEqual([])
})

it.each([
  ['an adjustment that somebody wrote by hand', 'change-not-shown', HAND_WRITTEN],
  [
    'an adjustment that became a refund',
    'change-not-shown',
    `update ledger_entries set kind = 'refund' where seq = 1`,
  ],
  ['an account that is gone', 'account-balance', `delete from accounts`],
])('the audit finds %s', async (_, check, statement) => {
  expect(await findingsAfter(statement)).toContain(check)
})

it('each check has a damage that it finds', () => {
  expect(damages.map(([check]) => check)).toEqual(Object.keys(checks))
})
