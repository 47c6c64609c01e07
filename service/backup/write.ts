import { open, rename, rm } from 'node:fs/promises'
import { createWriteStream, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Database, Transaction } from '../database/open.ts'
import { newestMigration } from '../database/newer-schema.ts'
import { BACKUP_FORMAT, BACKUP_VERSION, BackupError, startChecksum } from './format.ts'
import { backupTables, type BackupTable } from './tables.ts'

const ROWS_AT_ONCE = 500
const columnsSchema = z.object({ rows: z.array(z.object({ column_name: z.string() })) })
const rowsSchema = z.object({ rows: z.array(z.object({ row: z.string() })) })

export interface Written {
  /** In all tables. */
  readonly rows: number
}

/**
 * Writes a backup of one moment (a repeatable-read snapshot), whatever goes on meanwhile. The file is
 * complete or it is not there: it gets its name at the end. Rows pass through in small portions.
 */
export async function writeBackup(
  db: Database,
  file: string,
  stopped?: AbortSignal,
): Promise<Written> {
  if (existsSync(file)) throw new BackupError(`${file} exists already. Choose another name.`)
  const unfinished = `${file}.${process.pid}.unfinished`
  try {
    const written = await db.transaction(
      async (tx) => {
        await tx.execute(sql`set local statement_timeout = 0`)
        return writeFile(tx, unfinished, stopped)
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    )
    await rename(unfinished, file)
    await sync(dirname(file))
    return written
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {}) // What cannot be written matters more.
    throw isOfTheDisk(error)
      ? new BackupError(`${file} cannot be written (${error.code}).`, { cause: error })
      : error
  }
}

/** Codes of a place that is not there, not ours to write to, or full. */
const diskCodes: ReadonlySet<unknown> = new Set(
  'ENOENT ENOTDIR EISDIR EACCES EPERM EROFS ENAMETOOLONG ENOSPC EDQUOT EFBIG EIO'.split(' '),
)

function isOfTheDisk(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && diskCodes.has(error.code)
}

async function writeFile(tx: Transaction, path: string, stopped?: AbortSignal): Promise<Written> {
  let rows = 0
  const lines = linesOf(tx, (count) => {
    rows += count
  })
  await pipeline(
    Readable.from(lines),
    createGzip(),
    // It has who paid what, and the hashes of keys.
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
    stopped === undefined ? {} : { signal: stopped },
  )
  return { rows }
}

/** So that the name is on the disk as well; some systems have no such thing. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => {})
  await handle?.close()
}

async function* linesOf(tx: Transaction, count: (rows: number) => void): AsyncGenerator<string> {
  const checksum = startChecksum()
  const rows: Record<string, number> = {}
  const lines = (text: string): string => {
    checksum.update(text)
    return text
  }
  yield lines(
    line({
      format: BACKUP_FORMAT,
      version: BACKUP_VERSION,
      schema: await newestMigration(tx),
      created_at: new Date().toISOString(),
    }),
  )
  for (const table of backupTables) {
    rows[table.name] = 0
    yield lines(line({ table: table.name, columns: await columnsOf(tx, table) }))
    for await (const portion of rowsOf(tx, table)) {
      rows[table.name] = (rows[table.name] ?? 0) + portion.length
      count(portion.length)
      yield lines(portion.map((row) => `${row}\n`).join(''))
    }
  }
  yield line({ end: true, rows, sha256: checksum.digest('hex') })
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}

async function columnsOf(tx: Transaction, { name }: BackupTable): Promise<string[]> {
  const result = await tx.execute(sql`
    select column_name::text from information_schema.columns
    where table_schema = 'public' and table_name = ${name} order by ordinal_position`)
  return columnsSchema.parse(result).rows.map(({ column_name }) => column_name)
}

/** By a cursor, which sees the snapshot of its transaction. */
async function* rowsOf(tx: Transaction, { name, order }: BackupTable): AsyncGenerator<string[]> {
  await tx.execute(
    sql.raw(
      `declare backup no scroll cursor for
        select row_to_json(t)::text as row from ${name} t order by ${order}`,
    ),
  )
  for (;;) {
    const portion = await tx.execute(sql.raw(`fetch ${ROWS_AT_ONCE} from backup`))
    const rows = rowsSchema.parse(portion).rows.map(({ row }) => row)
    if (rows.length === 0) break
    yield rows
  }
  await tx.execute(sql.raw('close backup'))
}
