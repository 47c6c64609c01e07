import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql, type SQL } from 'drizzle-orm'
import * as z from 'zod'
import { safeInteger } from './columns.ts'
import { firstRow } from './rows.ts'

/** The database has migrations that this version of the service does not know. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError'
}

interface Queryable {
  execute(query: SQL): PromiseLike<unknown>
}

const journalSchema = z.object({ entries: z.array(z.object({ when: z.number() })) })

/**
 * Old code on a newer schema may write what the newer code takes for something else, so it does not
 * start. Throws NewerSchemaError. Call it before migrating, which would not notice.
 */
export async function refuseNewerSchema(db: Queryable, migrationsFolder: string): Promise<void> {
  const journal = journalSchema.parse(
    JSON.parse(await readFile(join(migrationsFolder, 'meta/_journal.json'), 'utf8')),
  )
  const known = Math.max(...journal.entries.map(({ when }) => when))
  if ((await newestMigration(db)) <= known) return
  throw new NewerSchemaError(
    'The database belongs to a newer version of the service. Start that version, or restore a backup from before its upgrade.',
  )
}

/** As drizzle records it; 0 for a database without migrations. */
export async function newestMigration(db: Queryable): Promise<number> {
  const table = await db.execute(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as found`,
  )
  if (firstRow(table)?.['found'] !== true) return 0
  const newest = await db.execute(
    sql`select coalesce(max(created_at), 0) as newest from drizzle.__drizzle_migrations`,
  )
  return safeInteger(firstRow(newest)?.['newest'])
}
