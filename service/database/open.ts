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
import { createPool, DEFAULT_LIMITS, endConnection, type ServerLimits } from './pool.ts'
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

/** Opens the database and brings it to the newest schema. The limits are for a server. */
export function openDatabase(
  location: DatabaseLocation,
  log: Logger,
  limits: ServerLimits = DEFAULT_LIMITS,
): Promise<OpenDatabase> {
  return 'url' in location ? openServer(location.url, log, limits) : openFolder(location.folder)
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

async function openServer(url: string, log: Logger, limits: ServerLimits): Promise<OpenDatabase> {
  await migrateAlone(url, limits)
  const { pool, close } = createPool(url, log, limits)
  return {
    db: drizzleServer(pool, { schema }),
    exclusive: false,
    listen: (channel, onNotification) => listenOnServer({ url, log }, channel, onNotification),
    alone: (lock, run) => holdLock(pool, lock, run),
    close,
  }
}

/**
 * Services that start together on one server migrate one after the other. On a connection of its own,
 * since a migration may take longer than a request; closing it frees the lock, whatever happens.
 */
async function migrateAlone(url: string, { connectMs }: ServerLimits): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs })
  // The query that runs then rejects.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [locks.migration])
    const db = drizzleServer(client, { schema })
    await refuseNewerSchema(db, migrationsFolder)
    await migrateServer(db, { migrationsFolder })
  } finally {
    await endConnection(client)
  }
}
