import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { expect, it } from 'vitest'
import { pino } from 'pino'
import * as z from 'zod'
import { adminOf } from '../../service/admin.ts'
import { audit } from '../../service/audit/audit.ts'
import { findAccount } from '../../service/customers/accounts.ts'
import { NewerSchemaError } from '../../service/database/newer-schema.ts'
import { openDatabase, openLite } from '../../service/database/open.ts'
import { holds } from '../../service/database/schema.ts'
import { listEvents } from '../../service/events/list.ts'
import { recordEvent } from '../../service/events/record.ts'
import { appendEntry } from '../../service/ledger/append.ts'
import { listHoldProblems } from '../../service/proxy/hold-problems.ts'
import { CallReader } from '../../service/proxy/call-reader.ts'
import { takeOverHolds } from '../../service/proxy/take-over.ts'
import { createTestLocation } from './support/database.ts'

const migrations = fileURLToPath(new URL('../../service/database/migrations', import.meta.url))
const journalSchema = z.looseObject({ entries: z.array(z.looseObject({ idx: z.number() })) })

/** The migrations as they were when there were so many. */
async function firstMigrations(count: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'credits-migrations-'))
  cpSync(migrations, folder, { recursive: true })
  const file = join(folder, 'meta/_journal.json')
  const journal = journalSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }))
  return folder
}

it('a database from before refunds and disputes has the same balances after the upgrade, and takes them', async () => {
  const folder = await firstMigrations(3)
  const client = await PGlite.create()
  const old = drizzle(client)
  await migrate(old, { migrationsFolder: folder })
  await client.exec(`
    insert into accounts (subject) values ('old');
    insert into ledger_entries (account_id, seq, kind, amount_usd_micros,
      balance_before_usd_micros, balance_after_usd_micros, reference)
      select id, 1, 'top_up', 25000000, 0, 25000000, 'cs_old' from accounts;
    insert into purchases (account_id, amount_usd_micros, request_hash, session_id, state,
      ledger_entry_id, expires_at)
      select account_id, 25000000, 'hash', 'cs_old', 'credited', id, now() from ledger_entries;
  `)
  const { db, close } = await openLite(client)
  const account = await findAccount(db, 'old')
  expect(account?.balanceUsdMicros).toBe(25_000_000)
  await db.transaction((tx) =>
    appendEntry(tx, {
      accountId: account?.id ?? '',
      kind: 'dispute',
      amountUsdMicros: -25_000_000,
      reference: 'dp_old:taken',
    }),
  )
  await adminOf(db).adjust({ subject: 'old', usdMicros: 1, reference: 'after', reason: 'test' })
  expect((await findAccount(db, 'old'))?.balanceUsdMicros).toBe(1)
  await close()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

it('calls from before there were holds have theirs after the upgrade', async () => {
  const folder = await firstMigrations(8)
  const client = await PGlite.create()
  await migrate(drizzle(client), { migrationsFolder: folder })
  await client.exec(`
    insert into accounts (subject) values ('old');
    insert into ledger_entries (account_id, seq, kind, amount_usd_micros,
      balance_before_usd_micros, balance_after_usd_micros, reference)
      select id, 1, 'adjustment', 1000000, 0, 1000000, 'opening' from accounts;
    insert into account_events (account_id, event_type, params)
      select account_id, 'credit_adjusted', jsonb_build_object('amount', 100, 'transaction_id', id)
      from ledger_entries;
    insert into ledger_entries (account_id, seq, kind, amount_usd_micros,
      balance_before_usd_micros, balance_after_usd_micros, reference, job_id)
      select id, 2, 'usage', -40000, 1000000, 960000, gen_random_uuid()::text, 'run' from accounts;
    insert into account_events (account_id, event_type, params)
      select id, 'api_usage_completed', '{"charge_micro_usd": 40000}' from accounts;
    insert into pending_calls (id, account_id, estimate_usd_micros, expires_at)
      select gen_random_uuid(), id, 50000, now() + interval '1 minute' from accounts;
  `)
  const { db, close } = await openLite(client)
  expect(await findAccount(db, 'old')).toMatchObject({
    balanceUsdMicros: 960_000,
    heldUsdMicros: 50_000,
  })
  expect(await audit(db)).toEqual([])
  // Nobody knows of which product it was, so a person must look.
  await db.update(holds).set({ expiresAt: new Date(0) })
  const log = pino({ level: 'silent' })
  const stopped = new AbortController().signal
  await takeOverHolds({
    db,
    log,
    admission: 'strict',
    concurrency: null,
    partnerBaseUrl: 'http://none',
    reader: new CallReader(),
    stopped,
  })
  expect(await listHoldProblems(db)).toMatchObject([{ problem: 'unresolved' }])
  expect(await findAccount(db, 'old')).toMatchObject({ heldUsdMicros: 0 })
  expect(await audit(db)).toEqual([])
  await close()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

it('calls from before events named who made them are everybody’s after the upgrade, as they were', async () => {
  const folder = await firstMigrations(14)
  const client = await PGlite.create()
  await migrate(drizzle(client), { migrationsFolder: folder })
  await client.exec(`
    insert into accounts (subject, name) values ('old', 'Ada');
    insert into account_events (account_id, event_type, params)
      select id, 'api_usage_completed', '{"charge_micro_usd": 40000, "job_id": "old"}' from accounts;
    insert into holds (id, account_id, estimate_usd_micros, expires_at)
      select gen_random_uuid(), id, 50000, now() + interval '1 minute' from accounts;
  `)
  const { db, close } = await openLite(client)
  const person = await findAccount(db, 'old')
  if (!person) throw new Error('The account is gone.')
  expect(await db.select().from(holds)).toMatchObject([{ personId: null, apiKeyId: null }])
  const filter = { page: 1, limit: 10, eventType: null, from: null, to: null }
  const view = { contract: 'extended', usageEvents: 'full', workspaceId: person.id } as const
  const { events } = await listEvents(db, person.id, filter, view)
  expect(events).toMatchObject([{ params: { job_id: 'old', charge_micro_usd: 40_000 } }])
  expect(events[0]).not.toHaveProperty('member_user_id')
  const madeBy = { personId: person.id, apiKeyId: null }
  const params = { api_name: 'A', model: 'm', charge_micro_usd: 1, outcome: 'succeeded' } as const
  await db.transaction((tx) =>
    recordEvent(tx, person.id, { type: 'api_usage_completed', params }, madeBy),
  )
  const after = await listEvents(db, person.id, filter, view)
  expect(after.events).toMatchObject([{ member_user_id: 'old', member_display_name: 'Ada' }, {}])
  await close()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

it('a database of a newer version is not opened, and not touched', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credits-newer-'))
  const { location, drop } = await createTestLocation(folder)
  const log = pino({ level: 'silent' })
  const first = await openDatabase(location, log)
  await first.db.execute(
    `insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)`,
  )
  await first.close()
  await expect(openDatabase(location, log)).rejects.toThrow(NewerSchemaError)
  // Nothing holds it: the same again, and not an error of a lock.
  await expect(openDatabase(location, log)).rejects.toThrow('newer version of the service')
  await drop()
  await rm(folder, { recursive: true, force: true })
}, 60_000)
