import { createHash, randomUUID } from 'node:crypto'
import { existsSync, openAsBlob, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { pino } from 'pino'
import {
  openDatabase,
  openLite,
  type DatabaseLocation,
  type OpenDatabase,
} from '../../../service/database/open.ts'

/** Set to run the same tests on a PostgreSQL server; its user must be allowed to make databases. */
export const serverUrl = process.env['TEST_DATABASE_URL'] ?? null

/** A database of the test file's own: in memory, or a new one on the server. */
export async function openTestDatabase(): Promise<OpenDatabase> {
  if (serverUrl !== null) {
    const { location, drop } = await createServerDatabase(serverUrl)
    const database = await openDatabase(location, pino({ level: 'silent' }))
    return {
      ...database,
      async close() {
        await database.close()
        await drop()
      },
    }
  }
  return openLiteTestDatabase()
}

/** One in memory, whatever the others are. */
export async function openLiteTestDatabase(): Promise<OpenDatabase> {
  return openLite(await PGlite.create({ loadDataDir: await template() }))
}

/** A location for a test that opens (and kills) the service itself. */
export async function createTestLocation(folder: string): Promise<{
  location: DatabaseLocation
  drop: () => Promise<void>
}> {
  if (serverUrl !== null) return createServerDatabase(serverUrl)
  await fillTestFolder(folder)
  return { location: { folder }, drop: async () => {} }
}

/** A data folder as an earlier version of the service left it: the database, and no marks. */
export async function fillTestFolder(folder: string): Promise<void> {
  const client = await PGlite.create({
    dataDir: join(folder, 'postgres'),
    loadDataDir: await template(),
  })
  await client.close()
}

async function createServerDatabase(url: string) {
  const name = `credits_${randomUUID().replaceAll('-', '')}`
  await runOnServer(url, `create database ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return {
    location: { url: own.href },
    drop: () => runOnServer(url, `drop database if exists ${name} with (force)`),
  }
}

async function runOnServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/**
 * A PGlite with the migrations in it. To make one takes seconds, to load one a fraction; so it is
 * stored between runs, under a name that follows the migrations and PGlite's version.
 */
async function template(): Promise<Blob> {
  const file = join(tmpdir(), `comfyui-credits-${fingerprint()}.tar`)
  if (!existsSync(file)) {
    const client = await PGlite.create()
    await openLite(client)
    const dump = await client.dumpDataDir('none')
    await client.close()
    const unfinished = `${file}.${process.pid}`
    writeFileSync(unfinished, Buffer.from(await dump.arrayBuffer()))
    renameSync(unfinished, file)
  }
  return openAsBlob(file, { type: 'application/x-tar' })
}

/** An absolute path of a file of the repository. */
function root(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url))
}

function fingerprint(): string {
  const migrations = 'service/database/migrations'
  const journal = readFileSync(root(`${migrations}/meta/_journal.json`), 'utf8')
  const tags = [...journal.matchAll(/"tag": "(\w+)"/g)].map(([, tag]) => tag)
  const hash = createHash('sha256')
  for (const tag of tags) hash.update(readFileSync(root(`${migrations}/${tag}.sql`)))
  hash.update(readFileSync(root('node_modules/@electric-sql/pglite/package.json')))
  return hash.digest('hex').slice(0, 16)
}
