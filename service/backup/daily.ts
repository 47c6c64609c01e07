import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Database } from '../database/open.ts'
import { writeBackup } from './write.ts'

export interface DailyBackups {
  readonly db: Database
  readonly log: Logger
  /** Where the backups are; made if need be. */
  readonly folder: string
  /** How many are kept. */
  readonly keep: number
  /** Aborted when the service ends. */
  readonly stopped: AbortSignal
}

/** So that names are sorted by their age. */
const NAME = /^credits-\d{4}-\d\d-\d\d\.backup\.gz$/

/**
 * Writes the backup of this day (UTC) if there is none, and deletes the oldest beyond those that are
 * kept. What fails is logged as an error, and tried again at the next call; the service goes on.
 */
export async function backUpDaily(
  { db, log, folder, keep, stopped }: DailyBackups,
  now = new Date(),
): Promise<void> {
  const file = join(folder, `credits-${now.toISOString().slice(0, 10)}.backup.gz`)
  if (existsSync(file)) return
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await deleteUnfinished(folder)
    const { rows } = await writeBackup(db, file, stopped)
    log.info({ file, rows }, 'The ledger was backed up.')
    await deleteOldest(folder, keep)
  } catch (error) {
    if (!stopped.aborted) log.error({ err: error, file }, 'The daily backup failed.')
  }
}

/** Of a process that was killed: a data folder has one process at a time, so it writes no more. */
async function deleteUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder)
  await remove(
    folder,
    names.filter((name) => name.endsWith('.unfinished')),
  )
}

async function deleteOldest(folder: string, keep: number): Promise<void> {
  const backups = (await readdir(folder)).filter((name) => NAME.test(name)).toSorted()
  await remove(folder, backups.slice(0, -keep))
}

async function remove(folder: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })))
}
