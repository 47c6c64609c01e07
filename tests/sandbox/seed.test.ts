import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDataFolder } from '../../sandbox/data-folder.ts'
import { seedUsers } from '../../sandbox/identity/users.ts'
import { seed } from '../../sandbox/seed.ts'
import { findAccount } from '../../service/customers/accounts.ts'
import { openDatabase, type OpenDatabase } from '../../service/database/open.ts'
import { listMemberships } from '../../service/workspaces/membership.ts'

const USD = 1_000_000

let folder: string
let database: OpenDatabase
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credits-seed-'))
  const data = await openDataFolder(join(folder, 'sandbox'))
  await seed(data, join(folder, 'credits'))
  // As after a crash before it was marked as done.
  await seed(data, join(folder, 'credits'))
  database = await openDatabase({ folder: join(folder, 'credits') }, pino({ level: 'silent' }))
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

async function billing(email: string) {
  const user = seedUsers.find((candidate) => candidate.email === email)
  const account = await findAccount(database.db, user?.id ?? '')
  if (!account) return []
  return (await listMemberships(database.db, account)).map((membership) => ({
    name: membership.workspace.name,
    rail: membership.workspace.rail,
    role: membership.role,
    usd: membership.account.balanceUsdMicros / USD,
  }))
}

it.each([
  ['user@example.com', 10],
  ['negative@example.com', -4.2],
])('leaves %s with the customer’s billing account alone, at %d USD', async (email, usd) => {
  expect(await billing(email)).toEqual([
    { name: `${email} (personal)`, rail: 'legacy_stripe', role: 'owner', usd },
  ])
})

it.each([
  ['stripe@example.com', 'stripe', 15],
  ['metronome@example.com', 'metronome', 30],
])('gives %s a workspace of their own on the rail %s, with %d USD', async (email, rail, usd) => {
  expect(await billing(email)).toEqual([{ name: `${email} (personal)`, rail, role: 'owner', usd }])
})

it('gives team@example.com an empty billing account of their own, a team to own, and one to be in', async () => {
  expect(await billing('team@example.com')).toEqual([
    { name: 'team@example.com (personal)', rail: 'legacy_stripe', role: 'owner', usd: 0 },
    { name: 'Team Studio', rail: 'stripe', role: 'owner', usd: 50 },
    { name: 'Acme Pictures', rail: 'metronome', role: 'member', usd: 20 },
  ])
})
