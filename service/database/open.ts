import { fileURLToPath } from 'node:url'
import type { PGlite } from '@electric-sql/pglite'
import type { ExtractTablesWithRelations } from 'drizzle-orm'
import { drizzle as drizzleServer } from 'drizzle-orm/node-postgres'
import { migrate as migrateServer } from 'drizzle-orm/node-postgres/migrator'
import type { PgDatabase, PgQueryResultHKT, PgTransaction } from 'drizzle-orm/pg-core'
import { drizzle as drizzleLite } from 'drizzle-orm/pglite'
import { migrate as migrateLite } from 'drizzle-orm/pglite/migrator'
import pg from 'pg'
import type { Logger } from 'pino'
import { lockFolder } from './folder-lock.ts'
import { openLiteFolder } from './lite-folder.ts'
import { listenOnServer, type StopListening } from './listen.ts'
import { holdLock, locks } from './locks.ts'
import { refuseNewerSchema } from './newer-schema.ts'
import * as schema from './schema.ts'

type Schema = typeof schema

/** The same on both engines. Inside `transaction`, use its handle: PGlite hangs otherwise. */
export type Database = PgDatabase<PgQueryResultHKT, Schema>
export type Transaction = PgTransaction<
  PgQueryResultHKT,
  Schema,
  ExtractTablesWithRelations<Schema>
>

export type DatabaseLocation = { readonly url: string } | { readonly folder: string }

export interface OpenDatabase {
  readonly db: Database
  /** True when no other process can use it. */
  readonly exclusive: boolean
  /**
   * Calls back for every NOTIFY on the channel, after the commit that sent it, and with null when
   * some may have been missed. Resolves once it listens.
   */
  listen(channel: string, onNotification: (payload: string | null) => void): Promise<StopListening>
  /**
   * Runs it while no other process holds the same lock (`locks.ts`). Null, without running it, if one
   * does.
   */
  alone<T>(lock: number, run: () => Promise<T>): Promise<T | null>
  close(): Promise<void>
}

const migrationsFolder = fileURLToPath(new URL('migrations', import.meta.url))

/** Opens the database and brings it to the newest schema. */
export function openDatabase(location: DatabaseLocation, log: Logger): Promise<OpenDatabase> {
  return 'url' in location ? openServer(location.url, log) : openFolder(location.folder)
}

async function openFolder(folder: string): Promise<OpenDatabase> {
  const unlock = await lockFolder(folder)
  try {
    const { client, complete } = await openLiteFolder(folder)
    const database = await openLite(client).catch(async (error: unknown) => {
      await client.close()
      throw error
    })
    await complete()
    return {
      ...database,
      async close() {
        await database.close()
        await unlock()
      },
    }
  } catch (error) {
    await unlock()
    throw error
  }
}

/** For tests: a PGlite that is open already, in memory. */
export async function openLite(client: PGlite): Promise<OpenDatabase> {
  const db = drizzleLite(client, { schema })
  await refuseNewerSchema(db, migrationsFolder)
  await migrateLite(db, { migrationsFolder })
  return {
    db,
    exclusive: true,
    listen: (channel, onNotification) => client.listen(channel, onNotification),
    alone: (_, run) => run(),
    close: () => client.close(),
  }
}

async function openServer(url: string, log: Logger): Promise<OpenDatabase> {
  const pool = createPool(url, log)
  try {
    await migrateAlone(pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    db: drizzleServer(pool, { schema }),
    exclusive: false,
    listen: (channel, onNotification) => listenOnServer({ url, log }, channel, onNotification),
    alone: (lock, run) => holdLock(pool, lock, run),
    close: () => pool.end(),
  }
}

/**
 * A broken connection is replaced. Each has a listener all its life: the pool's own is for idle ones
 * only, and the error of one that is lent and waits would end the process.
 */
function createPool(url: string, log: Logger): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 10_000 })
  const report = (error: Error) => log.warn({ err: error }, 'A database connection was lost.')
  pool.on('connect', (client) => client.on('error', report))
  // The same error, reported already.
  pool.on('error', () => {})
  return pool
}

/** Services that start together on one server migrate one after the other. */
async function migrateAlone(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [locks.migration])
    const db = drizzleServer(client, { schema })
    await refuseNewerSchema(db, migrationsFolder)
    await migrateServer(db, { migrationsFolder })
    await client.query('select pg_advisory_unlock($1)', [locks.migration])
    client.release()
  } catch (error) {
    // Destroyed, not reused: closing the connection is what frees the lock.
    client.release(true)
    throw error
  }
}
