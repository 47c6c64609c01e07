import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { purchaseSchema } from '@comfyui-credits/contract/schemas'
import { adminOf } from '../../service/admin.ts'
import { audit } from '../../service/audit/audit.ts'
import { backUpDaily } from '../../service/backup/daily.ts'
import { restoreBackup } from '../../service/backup/restore.ts'
import { backupTables } from '../../service/backup/tables.ts'
import { writeBackup } from '../../service/backup/write.ts'
import { ensureAccount } from '../../service/customers/accounts.ts'
import type { Database, OpenDatabase } from '../../service/database/open.ts'
import { settleCall } from '../../service/proxy/settle-call.ts'
import { openLiteTestDatabase, openTestDatabase } from './support/database.ts'
import { openTestHold } from './support/holds.ts'
import { openWorld, type World } from './support/service.ts'
import { chargeBody, sessionBody } from './support/stripe-bodies.ts'
import { webhook } from './support/stripe-server.ts'
import { newTeam } from './support/teams.ts'

const rowsSchema = z.object({ rows: z.array(z.object({ row: z.string() })) })

/** Every row of every table, as text. */
async function contentOf(db: Database): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {}
  for (const { name, order } of backupTables) {
    const query = `select row_to_json(t)::text as row from ${name} t order by ${order}`
    const { rows } = rowsSchema.parse(await db.execute(sql.raw(query)))
    content[name] = rows.map(({ row }) => row)
  }
  return content
}

const silent = pino({ level: 'silent' })

let folder: string
let world: World
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credits-backup-'))
  world = await openWorld()
  await fill()
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

/** Something in every table. */
async function fill(): Promise<void> {
  const service = world.service()
  const { db } = world.database
  const team = await newTeam(world, service, { usdMicros: 5_000_000 })
  await adminOf(db).createApiKey({ subject: team.owner.subject, workspaceId: team.workspaceId })
  const order = { amount_micros: 25_000_000, currency: 'usd' }
  const answer = await team.owner.post('/customers/credit', order)
  const sessionId = purchaseSchema.parse(await answer.json()).session_id ?? ''
  const metadata = world.stripe.sessions.get(sessionId)?.metadata ?? {}
  const facts = { sessionId, intentId: 'pi_1', chargeId: 'ch_1', amountCents: 2_500, metadata }
  for (const event of [
    webhook('checkout.session.completed', sessionBody(facts)),
    webhook('charge.refunded', chargeBody(facts, 700)),
  ]) {
    expect((await service.fetch('/webhooks/stripe', event)).status).toBe(200)
  }
  expect((await team.owner.post('/proxy/tempo/v1/videos', {})).status).toBe(200)
  const { account } = await ensureAccount(db, {
    subject: 'Ünïcode \u2028 "quoted" \\n',
    email: null,
    name: 'line\nbreak\t\u{1f4b8}',
  })
  await adminOf(db).adjust({
    subject: account.subject,
    usdMicros: 9_007_199_254_740_991,
    reference: 'as much as fits',
    reason: 'for the test',
  })
  await openTestHold(db, account.id, { terms: { n: 1, big: 0.1, nested: ['\u2029'] } })
  await db.execute(sql`insert into read_positions values ('x', '2026-02-28 23:59:59.123456+00')`)
  await db.execute(sql`
    insert into card_top_ups (account_id, amount_usd_micros, payment_method_id, state)
    values (${account.id}, 5000000, 'pm_1', 'pending')`)
}

let files = 0
const newFile = () => join(folder, `${(files += 1)}.backup.gz`)

async function backedUp(db: Database): Promise<string> {
  const file = newFile()
  await writeBackup(db, file)
  return file
}

async function restored(file: string, open: () => Promise<OpenDatabase>) {
  const database = await open()
  try {
    const { rows } = await restoreBackup(database.db, file)
    return { rows, content: await contentOf(database.db), findings: await audit(database.db) }
  } finally {
    await database.close()
  }
}

const engines = [
  ['a PGlite', openLiteTestDatabase],
  ['a database of the kind under test', openTestDatabase],
] as const

describe('a backup', () => {
  it.each(engines)('is restored to %s row by row, and the audit agrees', async (_, open) => {
    const before = await contentOf(world.database.db)
    for (const rows of Object.values(before)) expect(rows.length).toBeGreaterThan(0)
    const { content, findings, rows } = await restored(await backedUp(world.database.db), open)
    expect(content).toEqual(before)
    expect(findings).toEqual([])
    expect(rows).toBe(Object.values(before).flat().length)
  })

  it('of a restored ledger goes on: it takes calls, and a backup of it is restored again', async () => {
    const database = await openLiteTestDatabase()
    try {
      await restoreBackup(database.db, await backedUp(world.database.db))
      const more = { subject: 'later', usdMicros: 10, reference: 'later', reason: 'later' }
      await adminOf(database.db).adjust(more)
      const before = await contentOf(database.db)
      const { content } = await restored(await backedUp(database.db), openTestDatabase)
      expect(content).toEqual(before)
    } finally {
      await database.close()
    }
  })

  it('is of one moment, while the ledger goes on', async () => {
    const { db } = world.database
    const writing = Array.from({ length: 20 }, (_, index) =>
      adminOf(db).adjust({
        subject: `writer-${index % 3}`,
        usdMicros: 7,
        reference: `write-${index}`,
        reason: 'for the test',
      }),
    )
    const file = await backedUp(db)
    await Promise.all(writing)
    expect((await restored(file, openLiteTestDatabase)).findings).toEqual([])
  })

  it.each([
    ['in a folder that is not there', ['none', 'ledger'], 'ENOENT'],
    ['with a name that no disk takes', ['x'.repeat(300)], 'ENAMETOOLONG'],
  ])('%s is refused in a sentence', async (_, names, code) => {
    const file = join(folder, ...names)
    await expect(writeBackup(world.database.db, file)).rejects.toThrow(
      `${file} cannot be written (${code}).`,
    )
  })

  it('is for its owner’s eyes, and replaces no file', async () => {
    const file = await backedUp(world.database.db)
    expect((await stat(file)).mode & 0o077).toBe(0)
    await expect(writeBackup(world.database.db, file)).rejects.toThrow('exists already')
    const stopped = AbortSignal.abort()
    await expect(writeBackup(world.database.db, newFile(), stopped)).rejects.toThrow('abort')
    expect((await readdir(folder)).filter((name) => name.endsWith('unfinished'))).toEqual([])
  })

  it('of random ledgers is the ledger', async () => {
    const operation = fc.record({
      person: fc.integer({ min: 0, max: 2 }),
      usdMicros: fc.integer({ min: 1, max: 1_000_000 }),
      do: fc.constantFrom('give', 'call', 'hold'),
    })
    const property = fc.asyncProperty(
      fc.array(operation, { maxLength: 15 }),
      async (operations) => {
        const source = await openLiteTestDatabase()
        try {
          const { db } = source
          const usage = { api_name: 'A', model: 'm', outcome: 'succeeded' } as const
          for (const [index, { person, usdMicros, do: what }] of operations.entries()) {
            const about = { subject: `person-${person}`, email: null, name: null }
            const accountId = (await ensureAccount(db, about)).account.id
            const reference = `${index}`
            if (what === 'give') {
              await adminOf(db).adjust({
                subject: about.subject,
                usdMicros,
                reference,
                reason: 'r',
              })
              continue
            }
            const { id } = await openTestHold(db, accountId, { estimateUsdMicros: usdMicros })
            if (what === 'hold') continue
            const call = { id, accountId, priceUsdMicros: usdMicros, usage }
            await settleCall({ db, admission: 'comfy' }, call)
          }
          const before = await contentOf(db)
          const after = await restored(await backedUp(db), openTestDatabase)
          expect(after.content).toEqual(before)
          expect(after.findings).toEqual([])
        } finally {
          await source.close()
        }
      },
    )
    await fc.assert(property, { numRuns: Number(process.env['BACKUP_RUNS'] ?? 2) })
  }, 120_000)
})

describe('the daily backup', () => {
  const stopped = new AbortController().signal
  const days = ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']
  const nameOf = (day: string): string => `credits-${day}.backup.gz`

  it('is made once a day, and the newest are kept', async () => {
    const own = join(folder, 'daily')
    const backups = { db: world.database.db, log: silent, folder: own, keep: 2, stopped }
    await backUpDaily(backups, new Date('2026-02-27T23:59:59Z'))
    await writeFile(join(own, 'notes.txt'), 'of a person')
    await writeFile(join(own, 'credits-2026-02-28.backup.gz.7.unfinished'), 'of a killed process')
    for (const day of days) {
      await backUpDaily(backups, new Date(`${day}T00:00:00Z`))
      const made = await stat(join(own, nameOf(day)))
      await backUpDaily(backups, new Date(`${day}T23:59:59Z`))
      expect((await stat(join(own, nameOf(day)))).mtimeMs).toBe(made.mtimeMs)
    }
    const kept = [nameOf('2026-03-01'), nameOf('2026-03-02'), 'notes.txt']
    expect((await readdir(own)).toSorted()).toEqual(kept)
    const { findings } = await restored(join(own, nameOf('2026-03-02')), openLiteTestDatabase)
    expect(findings).toEqual([])
  })

  it('that fails is an error in the log, and stops nothing', async () => {
    const own = join(folder, 'no-folder')
    await writeFile(own, 'a file in its place')
    const errors: string[] = []
    const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) })
    await backUpDaily({ db: world.database.db, log, folder: own, keep: 2, stopped })
    expect(errors.join('')).toContain('The daily backup failed.')
  })
})

describe('a restore refuses, and leaves nothing', () => {
  let file: string
  let lines: string[]
  let target: OpenDatabase
  beforeAll(async () => {
    file = await backedUp(world.database.db)
    lines = gunzipSync(await readFile(file))
      .toString()
      .trimEnd()
      .split('\n')
    target = await openTestDatabase()
  })
  afterAll(() => target.close())

  async function expectRefusal(changed: string, words: string): Promise<void> {
    await expect(restoreBackup(target.db, changed)).rejects.toThrow(words)
    expect(Object.values(await contentOf(target.db)).flat()).toEqual([])
  }
  async function withLines(changed: readonly string[]): Promise<string> {
    const name = newFile()
    await writeFile(name, gzipSync(`${changed.join('\n')}\n`))
    return name
  }

  it('a ledger that is there', async () => {
    await expect(restoreBackup(world.database.db, file)).rejects.toThrow('has a ledger already')
  })

  it('a file that was cut off, at any place', async () => {
    const bytes = await readFile(file)
    for (const part of [0, 0.3, 0.9, 1 - 1 / bytes.length]) {
      const cut = newFile()
      await writeFile(cut, bytes.subarray(0, Math.floor(bytes.length * part)))
      await expectRefusal(cut, 'damaged')
    }
    await expectRefusal(await withLines(lines.slice(0, -1)), 'ends before its end')
    await expectRefusal(await withLines(lines.slice(0, lines.length / 2)), 'damaged')
  })

  it('a file that was altered', async () => {
    const altered = lines.map((line) => line.replace('"email":"person-', '"email":"Person-'))
    await expectRefusal(await withLines(altered), 'checksum')
    await expectRefusal(await withLines([...lines, lines[1] ?? '']), 'follows its end')
    const entry = lines.findIndex((line) => line.includes('"kind":"top_up"'))
    await expectRefusal(await withLines(lines.toSpliced(entry, 1)), 'damaged')
    const bytes = await readFile(file)
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1
    const flipped = newFile()
    await writeFile(flipped, bytes)
    await expectRefusal(flipped, 'damaged')
  })

  it('what is no backup, or of another version', async () => {
    const text = newFile()
    await writeFile(text, 'no backup')
    await expectRefusal(text, 'no backup')
    await expectRefusal(join(folder, 'missing'), 'There is no file')
    const header = (change: object) => [
      JSON.stringify({ ...(JSON.parse(lines[0] ?? '') as object), ...change }),
      ...lines.slice(1),
    ]
    await expectRefusal(await withLines(header({ version: 2 })), 'version 2')
    await expectRefusal(await withLines(header({ schema: 1 })), 'an older version')
    await expectRefusal(await withLines(header({ schema: 9e12 })), 'a newer version')
    await expectRefusal(await withLines(header({ format: 'x' })), 'damaged')
  })
})
