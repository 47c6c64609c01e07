import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { Options } from '../../scripts/admin/action.ts'
import { administer } from '../../scripts/admin.ts'
import { adminOf } from '../../service/admin.ts'
import { openDatabase } from '../../service/database/open.ts'
import { accounts, webhookEvents } from '../../service/database/schema.ts'
import { fillTestFolder } from '../service/support/database.ts'
import { openTestHold } from '../service/support/holds.ts'

let folder: string
let hold: string
let team: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credits-admin-'))
  await fillTestFolder(folder)
  const { db, close } = await openDatabase({ folder }, pino({ level: 'silent' }))
  const reason = 'for the test'
  await adminOf(db).adjust({ subject: 'user', usdMicros: 1_000_000, reference: 'opening', reason })
  const [account] = await db.select().from(accounts)
  const person = (subject: string) => ({ subject, email: `${subject}@example.com`, name: null })
  const members = [person('member')]
  const about = { name: 'Studio', rail: 'stripe', owner: person('user'), members } as const
  team = (await adminOf(db).createTeam({ ...about, reference: 'team' })).workspaceId
  const state = { state: 'unresolved', problem: 'unresolved', endedAt: new Date() } as const
  hold = (await openTestHold(db, account?.id ?? '', { ...state, jobId: 'run-7' })).id
  await db.insert(webhookEvents).values({
    id: 'evt_1',
    type: 'checkout.session.completed',
    subject: 'cs_1',
    payment: 'pi_1',
    livemode: false,
    payload: '{"id":"evt_1","data":{"object":{"currency":"jpy"}}}',
    createdAt: new Date(),
    outcome: 'unusable',
    attempts: 1,
    processedAt: new Date(),
  })
  await close()
  vi.stubEnv('DATABASE_URL', '')
  vi.stubEnv('DATA_DIR', folder)
})
afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const printed = (...args: string[]) => printedWith({}, ...args)

async function printedWith(options: Options, ...args: string[]): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  await administer(args, options)
  return String(log.mock.lastCall?.[0])
}

it('lists calls that a person must look at, until they are charged', async () => {
  const list = await printed('holds')
  for (const part of [hold, 'unresolved', 'run-7', '0.020000 USD']) expect(list).toContain(part)
  expect(await printed('holds', 'charge', hold)).toContain('charged 0.020000 USD')
  expect(await printed('holds')).toBe('No calls need a person.')
  await expect(administer(['holds', 'done', hold])).rejects.toThrow('No call with this id')
}, 60_000)

it('lists, shows and replays events of Stripe', async () => {
  expect(await printed('webhooks')).toMatch(
    /evt_1 .*unusable\n.*checkout.session.completed of cs_1/,
  )
  expect(await printed('webhooks', 'show', 'evt_1')).toContain('"currency": "jpy"')
  await printed('webhooks', 'replay', 'evt_1')
  expect(await printed('webhooks', 'show', 'evt_1')).toMatch(/evt_1 .*waiting/)
  await expect(administer(['webhooks', 'replay', 'evt_2'])).rejects.toThrow('no such event')
}, 60_000)

it('makes, lists, changes and revokes keys, and shows each once', async () => {
  const made = await printedWith({ name: 'Farm', expires: '2999-01-01' }, 'keys', 'make', 'user')
  const [key = '', id = ''] = /^(comfyui-\S+)\n(\S+)/.exec(made)?.slice(1) ?? []
  const list = await printed('keys', 'list', 'user')
  for (const part of [id, 'Farm', 'until 2999-01-01', 'valid']) expect(list).toContain(part)
  expect(list).not.toContain(key)
  await printedWith({ name: 'Office', expires: 'never' }, 'keys', 'change', id)
  expect(await printed('keys', 'list', 'user')).toMatch(/valid\n +Office/)
  await printed('keys', 'revoke', id)
  expect(await printed('keys', 'list', 'user')).toContain('revoked')
  await expect(administer(['keys', 'revoke', 'x'])).rejects.toThrow('no such API key')
  await expect(administer(['keys', 'make', 'nobody'])).rejects.toThrow('no person "nobody"')
  await expect(administer(['keys', 'change', id])).rejects.toThrow('Say what to change')
  const past = administer(['keys', 'make', 'user'], { expires: '2020-01-01' })
  await expect(past).rejects.toThrow('a date in the future')
  for (const name of ['', 'two\nlines', 'x'.repeat(101)]) {
    for (const args of [
      ['make', 'user'],
      ['change', id],
    ]) {
      const named = administer(['keys', ...args], { name })
      await expect(named).rejects.toThrow('1 to 100 characters in one line')
    }
  }
}, 60_000)

it('lists and removes members, but not the last owner', async () => {
  const list = await printed('members', 'list', team)
  expect(list).toMatch(/^user {2}owner.*\nmember {2}member/)
  const about = { name: 'Team key', workspace: team }
  expect(await printedWith(about, 'keys', 'make', 'member')).toContain(`for ${team}`)
  expect(await printed('members', 'remove', team, 'member')).toContain('member is out')
  expect(await printed('members', 'list', team)).not.toContain('member@example.com')
  await expect(administer(['members', 'remove', team, 'member'])).rejects.toThrow('no member')
  await expect(administer(['members', 'remove', team, 'user'])).rejects.toThrow('last owner')
  await expect(administer(['keys', 'make', 'member'], about)).rejects.toThrow('no member')
}, 60_000)

it.each([
  [['constructor'], 'There is no "constructor'],
  [['holds', 'toString'], 'There is no "holds toString'],
  [['members', 'remove', 'ws_1'], 'Say which: members remove WORKSPACE PERSON'],
  [['holds', 'done', 'a', 'b'], 'Too many arguments: b'],
  [['people'], 'There is no "people'],
  [['holds', 'delete', 'x'], 'There is no "holds delete'],
  [['webhooks', 'replay'], 'Say which'],
])('says what it does not understand: %j', async (args, words) => {
  await expect(administer(args)).rejects.toThrow(words)
})
