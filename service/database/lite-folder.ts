import { existsSync } from 'node:fs'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PGlite } from '@electric-sql/pglite'

/**
 * PGlite's folder below the data folder. PGlite makes an empty database wherever it finds none, so
 * a ledger that was damaged or moved away would silently be replaced by an empty one. Two files
 * beside it tell a new folder from a damaged one: `being-made` exists until a new database is
 * complete, `was-ledger` from then on.
 */

export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
}

const WHAT_TO_DO =
  'Nothing was changed. Restore the folder from a backup, or name another one in DATA_DIR.'

interface LiteFolder {
  readonly client: PGlite
  /** Call it once the schema is there, before anything is written. */
  complete(): Promise<void>
}

/** Opens the folder, or makes it. Rejects with DataFolderError if it was a ledger and is none now. */
export async function openLiteFolder(dataDir: string): Promise<LiteFolder> {
  const folder = resolve(dataDir)
  const data = join(folder, 'postgres')
  const [beingMade, wasLedger] = [join(folder, 'being-made'), join(folder, 'was-ledger')]
  if (existsSync(beingMade) && !existsSync(wasLedger)) await putAside(data)
  const isNew = await isEmpty(data)
  if (isNew && existsSync(wasLedger)) {
    throw new DataFolderError(`The ledger in ${data} is gone. ${WHAT_TO_DO}`)
  }
  if (!isNew && !existsSync(join(data, 'PG_VERSION'))) {
    throw new DataFolderError(
      `The folder ${data} has no PG_VERSION, so its ledger cannot be opened. ${WHAT_TO_DO}`,
    )
  }
  if (isNew) await writeFile(beingMade, '')
  const client = await open(data)
  if (!isNew) await checkLedger(client, data, existsSync(wasLedger))
  return {
    client,
    async complete() {
      if (!existsSync(wasLedger)) await writeFile(wasLedger, '')
      await rm(beingMade, { force: true })
    },
  }
}

/**
 * What was cut off before it was complete may not open. It is moved and not deleted, as an older
 * version of the service, which knows no such files, may have used it after all.
 */
async function putAside(data: string): Promise<void> {
  if (existsSync(data)) await rename(data, `${data}-unfinished-${Date.now()}`)
}

async function isEmpty(folder: string): Promise<boolean> {
  return !existsSync(folder) || (await readdir(folder)).length === 0
}

async function open(data: string): Promise<PGlite> {
  try {
    return await PGlite.create(data)
  } catch (error) {
    throw damaged(data, error)
  }
}

/** PGlite opens some damaged folders; then the ledger's tables are missing, or cannot be read. */
async function checkLedger(client: PGlite, data: string, wasLedger: boolean): Promise<void> {
  let hasLedger: boolean
  try {
    const { rows } = await client.query<{ has: boolean }>(
      `select to_regclass('public.ledger_entries') is not null as has`,
    )
    hasLedger = rows[0]?.has === true
    if (hasLedger) await client.query('select 1 from accounts, ledger_entries limit 1')
  } catch (error) {
    await client.close().catch(() => {})
    throw damaged(data, error)
  }
  if (hasLedger || !wasLedger) return
  await client.close()
  throw damaged(data, new Error('The table ledger_entries is missing.'))
}

function damaged(data: string, cause: unknown): DataFolderError {
  return new DataFolderError(
    `The ledger in ${data} is damaged and cannot be opened. ${WHAT_TO_DO}`,
    {
      cause,
    },
  )
}
