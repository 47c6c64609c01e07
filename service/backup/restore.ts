import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { sql } from 'drizzle-orm'
import type * as z from 'zod'
import { findingsIn } from '../audit/audit.ts'
import { newestMigration } from '../database/newer-schema.ts'
import type { Database, Transaction } from '../database/open.ts'
import { firstRow } from '../database/rows.ts'
import {
  BACKUP_VERSION,
  BackupError,
  endSchema,
  headerSchema,
  startChecksum,
  tableSchema,
} from './format.ts'
import { backupTables, WRITTEN_BY_TRIGGERS, type BackupTable } from './tables.ts'

const ROWS_AT_ONCE = 500

export interface Restored {
  /** When the backup was made. */
  readonly createdAt: string
  /** In all tables. */
  readonly rows: number
}

/**
 * Restores a backup into a database without a ledger, in one transaction: what is damaged, or what the
 * audit objects to, leaves nothing behind. Throws BackupError.
 */
export async function restoreBackup(db: Database, file: string): Promise<Restored> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local statement_timeout = 0`)
    await refuseLedger(tx)
    const restored = await restoreLines(tx, linesOf(file))
    const findings = await findingsIn(tx)
    const [first] = findings
    if (!first) return restored
    throw new BackupError(
      `The audit objects to what was restored (${findings.length} findings, the first: ${first.check} of ${first.subject}, ${first.words}). Nothing was changed.`,
    )
  })
}

/** Nobody writes meanwhile: accounts come first in whatever is written. */
async function refuseLedger(tx: Transaction): Promise<void> {
  await tx.execute(sql`lock table accounts, webhook_events in exclusive mode`)
  for (const { name } of backupTables) {
    const found = await tx.execute(sql.raw(`select exists (select from ${name}) as found`))
    if (firstRow(found)?.['found'] !== true) continue
    throw new BackupError(
      `The database has a ledger already (${name} is not empty). A backup is restored into an empty one; nothing was changed.`,
    )
  }
}

/** Split at line feeds alone, unlike by node's readline: texts may have other line ends. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const source = createReadStream(file)
  const unzip = createGunzip()
  source.once('error', (error) => unzip.destroy(error))
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  try {
    for await (const chunk of source.pipe(unzip) as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (cause) {
    throw unreadable(file, cause)
  } finally {
    source.destroy()
    unzip.destroy()
  }
  if (rest !== '') yield rest
}

function unreadable(file: string, cause: unknown): BackupError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ENOENT') return new BackupError(`There is no file ${file}.`, { cause })
  return new BackupError(`${file} is no backup, or it is damaged (${code}).`, { cause })
}

/** Reads to the end, whose checksum decides. */
async function restoreLines(tx: Transaction, lines: AsyncGenerator<string>): Promise<Restored> {
  const checksum = startChecksum()
  const rows: Record<string, number> = {}
  const portion = new Portion(tx)
  let createdAt: string | null = null
  let done = false
  for await (const line of lines) {
    if (done) throw damaged('something follows its end')
    const kind = kindOf(line)
    if (kind === 'end') {
      await portion.write()
      checkEnd(parse(endSchema, line), rows, checksum.digest('hex'))
      done = true
      continue
    }
    checksum.update(`${line}\n`)
    if (createdAt === null) createdAt = await checkHeader(tx, line)
    else if (kind === 'table') await portion.begin(parse(tableSchema, line))
    else rows[portion.table] = (rows[portion.table] ?? 0) + (await portion.add(line))
  }
  if (!done || createdAt === null) throw damaged('it ends before its end')
  await portion.compareAccounts()
  return { createdAt, rows: Object.values(rows).reduce((sum, count) => sum + count, 0) }
}

/** Rows begin otherwise: no table has a first column of such a name. */
function kindOf(line: string): 'end' | 'table' | 'row' {
  if (line.startsWith('{"end":')) return 'end'
  return line.startsWith('{"table":') ? 'table' : 'row'
}

function parse<T>(schema: z.ZodType<T>, line: string): T {
  try {
    return schema.parse(JSON.parse(line))
  } catch (cause) {
    throw damaged('a line of it cannot be read', cause)
  }
}

function damaged(how: string, cause?: unknown): BackupError {
  return new BackupError(`The backup is damaged: ${how}. Nothing was changed.`, { cause })
}

async function checkHeader(tx: Transaction, line: string): Promise<string> {
  const { version, schema, created_at } = parse(headerSchema, line)
  if (version !== BACKUP_VERSION) {
    throw new BackupError(
      `The backup has version ${version} of its format; this service reads version ${BACKUP_VERSION}.`,
    )
  }
  const ours = await newestMigration(tx)
  if (schema === ours) return created_at
  const which = schema > ours ? 'a newer' : 'an older'
  throw new BackupError(
    `The backup is of ${which} version of the service. Restore it with that version; a newer one then brings the ledger up to date when it starts.`,
  )
}

function checkEnd(
  { sha256, rows: written }: z.infer<typeof endSchema>,
  rows: Record<string, number>,
  actual: string,
): void {
  if (sha256 !== actual) throw damaged('its checksum is another one')
  for (const [name, count] of Object.entries(written)) {
    if ((rows[name] ?? 0) !== count) throw damaged(`rows of ${name} are missing`)
  }
}

/** Rows of one table, inserted some at a time. */
class Portion {
  readonly #tx: Transaction
  #table: BackupTable | null = null
  #columns: readonly string[] = []
  #rows: string[] = []
  readonly #done = new Set<string>()

  constructor(tx: Transaction) {
    this.#tx = tx
  }

  get table(): string {
    return this.#table?.name ?? ''
  }

  async begin({ table, columns }: z.infer<typeof tableSchema>): Promise<void> {
    await this.write()
    const known = backupTables.find(({ name }) => name === table)
    if (!known || this.#done.has(table)) throw damaged(`it has an unknown table ${table}`)
    this.#done.add(table)
    this.#table = known
    this.#columns = columns.filter((column) => !known.written.includes(column))
    if (table === 'accounts') await this.#rememberAccounts()
  }

  async add(row: string): Promise<number> {
    if (this.#table === null) throw damaged('it has rows of no table')
    this.#rows.push(row)
    if (this.#rows.length >= ROWS_AT_ONCE) await this.write()
    return 1
  }

  async write(): Promise<void> {
    const table = this.#table
    if (table === null || this.#rows.length === 0) return
    const names = sql.join(
      this.#columns.map((column) => sql.identifier(column)),
      sql`, `,
    )
    const json = `[${this.#rows.join(',')}]`
    const source = (name: string) =>
      sql`json_populate_recordset(null::${sql.identifier(name)}, ${json}::json)`
    try {
      // The numbers of events are kept: pages of them are read by these.
      await this.#tx.execute(sql`
        insert into ${sql.identifier(table.name)} (${names}) overriding system value
        select ${names} from ${source(table.name)}`)
      if (table.name === 'accounts') {
        const figures = sql.raw(['id', ...WRITTEN_BY_TRIGGERS].join(', '))
        await this.#tx.execute(
          sql`insert into restored_accounts select ${figures} from ${source('accounts')}`,
        )
      }
    } catch (cause) {
      throw damaged(`the database refuses rows of ${table.name}`, cause)
    }
    this.#rows = []
  }

  #rememberAccounts(): PromiseLike<unknown> {
    return this.#tx.execute(sql`
      create temporary table restored_accounts on commit drop as
      select ${sql.raw(['id', ...WRITTEN_BY_TRIGGERS].join(', '))} from accounts where false`)
  }

  /** Whether the entries and holds lead to the balances that the accounts had. */
  async compareAccounts(): Promise<void> {
    if (backupTables.some(({ name }) => !this.#done.has(name))) throw damaged('a table is missing')
    const result = await this.#tx.execute(sql`
      select count(*)::int as differing from accounts a join restored_accounts b using (id)
      where (a.balance_usd_micros, a.held_usd_micros) <> (b.balance_usd_micros, b.held_usd_micros)
        or a.head_seq is distinct from b.head_seq`)
    if (firstRow(result)?.['differing'] !== 0)
      throw damaged('balances do not follow from its entries')
    await this.#tx.execute(sql`
      select setval(pg_get_serial_sequence('account_events', 'seq'),
        (select coalesce(max(seq), 0) + 1 from account_events), false)`)
  }
}
