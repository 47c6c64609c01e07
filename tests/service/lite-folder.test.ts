import { cpSync, existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminOf } from '../../service/admin.ts'
import { findAccount } from '../../service/customers/accounts.ts'
import { DataFolderError } from '../../service/database/lite-folder.ts'
import { openDatabase } from '../../service/database/open.ts'
import { fillTestFolder } from './support/database.ts'

const log = pino({ level: 'silent' })
const USD = 1_000_000

let base: string
/** A data folder with somebody's money in it, closed. */
let ledger: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'credits-lite-'))
  ledger = join(base, 'ledger')
  await mkdir(ledger)
  await fillTestFolder(ledger)
  const database = await openDatabase({ folder: ledger }, log)
  const opening = { subject: 'ann', usdMicros: USD, reference: 'opening', reason: 'for the test' }
  await adminOf(database.db).adjust(opening)
  await database.close()
})
afterAll(() => rm(base, { recursive: true, force: true }))

/** A copy of the ledger's folder with something done to its database. */
function damagedLedger(name: string, damage: (data: string) => void): string {
  const folder = join(base, name)
  cpSync(ledger, folder, { recursive: true })
  damage(join(folder, 'postgres'))
  return folder
}

async function balanceIn(folder: string): Promise<number | undefined> {
  const database = await openDatabase({ folder }, log)
  try {
    return (await findAccount(database.db, 'ann'))?.balanceUsdMicros
  } finally {
    await database.close()
  }
}

function emptyFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
}

const damages: [string, (data: string) => void][] = [
  ['that lost PG_VERSION', (data) => rmSync(join(data, 'PG_VERSION'))],
  ['that is gone', (data) => rmSync(data, { recursive: true })],
  ['that was emptied', emptyFolder],
  ['of another version', (data) => writeFileSync(join(data, 'PG_VERSION'), '12\n')],
  ['with a short control file', (data) => truncateSync(join(data, 'global/pg_control'), 100)],
  ['without its log', (data) => rmSync(join(data, 'pg_wal'), { recursive: true })],
  ['without its tables', (data) => rmSync(join(data, 'base'), { recursive: true })],
]

describe('a ledger in a folder', () => {
  it('is there again at the next start', async () => {
    expect(await balanceIn(ledger)).toBe(USD)
  })

  it('of an older version of the service, without our marks, is opened', async () => {
    const folder = damagedLedger('older', () => {})
    rmSync(join(folder, 'was-ledger'))
    expect(await balanceIn(folder)).toBe(USD)
    expect(existsSync(join(folder, 'was-ledger'))).toBe(true)
  })

  it.each(damages)('%s stops the start, with its path and what to do', async (name, damage) => {
    const folder = damagedLedger(name, damage)
    const before = existsSync(join(folder, 'postgres/PG_VERSION'))
    const opening = openDatabase({ folder }, log)
    await expect(opening).rejects.toThrow(DataFolderError)
    await expect(opening).rejects.toThrow(folder)
    await expect(opening).rejects.toThrow('Restore the folder from a backup')
    // Nothing was put in its place, and nothing holds it.
    expect(existsSync(join(folder, 'postgres/PG_VERSION'))).toBe(before)
    expect(existsSync(join(folder, 'owner.lock'))).toBe(false)
  })

  it('that was cut off while it was first made is made again, and what there was is put aside', async () => {
    const folder = damagedLedger('cut-off', (data) =>
      rmSync(join(data, 'base'), { recursive: true }),
    )
    rmSync(join(folder, 'was-ledger'))
    writeFileSync(join(folder, 'being-made'), '')
    expect(await balanceIn(folder)).toBeUndefined()
    expect(existsSync(join(folder, 'being-made'))).toBe(false)
    expect(readdirSync(folder).filter((name) => name.includes('unfinished'))).toHaveLength(1)
  }, 90_000)

  it('that was cut off when it was just complete is opened as it is', async () => {
    const folder = damagedLedger('complete', () => {})
    writeFileSync(join(folder, 'being-made'), '')
    expect(await balanceIn(folder)).toBe(USD)
    expect(existsSync(join(folder, 'being-made'))).toBe(false)
  })
})
