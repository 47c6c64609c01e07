import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { adminOf } from '../../service/admin.ts'
import { listen, type Listening } from '../service/support/listen.ts'
import { openWorld, type World } from '../service/support/service.ts'
import { newTeam } from '../service/support/teams.ts'
import { nodeType, usd, workflow } from '../support/builders/workflow.ts'
import { runCommand } from './support/run-command.ts'

/** As cron runs it. */
const credits = (args: readonly string[], env: Readonly<Record<string, string>>) =>
  runCommand(['credits', ...args], { TZ: 'UTC', ...env })

const folder = mkdtempSync(join(tmpdir(), 'credits-command-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, json: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(json))
  return path
}

describe('on our own service', () => {
  let world: World
  let service: Listening
  let mine: string
  let teams: string
  beforeAll(async () => {
    world = await openWorld()
    const { fetch, person } = world.service('extended')
    service = await listen((request) => fetch(request.url, request))
    const admin = adminOf(world.database.db)
    const { subject } = await person(5_000_000)
    mine = await admin.createApiKey({ subject })
    const { owner, workspaceId } = await newTeam(world, world.service('extended'), {
      usdMicros: 20_000_000,
    })
    teams = await admin.createApiKey({ subject: owner.subject, workspaceId })
  })
  afterAll(async () => {
    await service.close()
    await world.close()
  })
  const run = (args: readonly string[], keys = mine) =>
    credits(args, { COMFY_API_KEY: keys, COMFY_API_BASE: service.url })

  it('prints the balance', async () => {
    expect(await run(['balance'])).toEqual({
      code: 0,
      stdout: '1,055 credits ($5.00)\n',
      stderr: '',
    })
  })

  it.each([
    ['1055', 0],
    ['1056', 3],
  ])('below %s credits exits with %i', async (below, code) => {
    expect(await run(['balance', '--below', below])).toMatchObject({ code, stderr: '' })
  })

  it('asks the workspace for the key of a workspace', async () => {
    const { code, stdout } = await run(['balance', '--json', '--below', '5000'], teams)
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toEqual({
      accounts: [
        {
          name: 'key 1',
          workspace: 'A team',
          balance_credits: 4220,
          balance_micro_usd: 20_000_000,
          prepaid_credits: 4220,
          monthly_credits: 0,
          pending_credits: 0,
          is_below: true,
        },
      ],
    })
  })

  it('has one line for each key, also where one is refused', async () => {
    const refused = 'comfyui-of-nobody'
    const finished = await run(['balance'], `me=${mine}, old=${refused}, ${teams}`)
    expect(finished).toMatchObject({
      code: 1,
      stdout: 'me: 1,055 credits ($5.00)\nkey 3: 4,220 credits ($20.00)\n',
      stderr: expect.stringMatching(/^old: unauthorized\. The key was not accepted\./) as string,
    })
    for (const key of [mine, teams, refused]) {
      expect(finished.stdout + finished.stderr).not.toContain(key)
    }
  })

  it('says what a workflow costs, and for how many runs the balance is enough', async () => {
    const info = file('info.json', { Fixed: nodeType({ price: { expr: usd(0.06) } }) })
    const saved = file(
      'two.json',
      workflow([
        { id: 1, type: 'Fixed' },
        { id: 2, type: 'Fixed' },
      ]),
    )
    expect(await run(['estimate', saved, info, '--below', '1030'])).toEqual(
      expect.objectContaining({
        code: 3, // 1,055 − 25.32
        stdout:
          'a run costs about 25.32 credits ($0.12)\n1,055 credits ($5.00), enough for 41 runs\n',
      }),
    )
    const { stdout } = await run(['estimate', saved, info, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      estimate: { total: { typical_credits: 25.32 } },
      accounts: [{ balance_credits: 1055, left_credits: 1029.68, runs: 41 }],
    })
  })
})

describe('on an account with a history', () => {
  let other: Listening
  let requests: string[] = []
  let events: readonly object[] = []
  beforeAll(async () => {
    other = await listen((request) => {
      const { pathname, searchParams } = new URL(request.url)
      requests.push(`${request.method} ${pathname} ${request.headers.get('X-API-KEY')}`)
      if (pathname === '/customers/events') return Response.json(page(searchParams))
      return Response.json({ message: 'no such thing' }, { status: 404 })
    })
  })
  afterAll(() => other.close())
  beforeEach(() => {
    requests = []
  })

  function page(query: URLSearchParams) {
    const [number, limit] = [Number(query.get('page')), Number(query.get('limit'))]
    const total = events.length
    const start = (number - 1) * limit
    return {
      total,
      page: number,
      limit,
      totalPages: Math.ceil(total / limit),
      events: events.slice(start, start + limit),
    }
  }
  const MINUTE = 60_000
  const DAY = 1440 * MINUTE
  let count = 0
  const call = (ago: number, params: object) => ({
    event_id: `event-${(count += 1)}`,
    event_type: 'api_usage_completed',
    createdAt: new Date(Date.now() - ago).toISOString(),
    params: { api_name: 'Kling', ...params },
  })
  const run = (...args: string[]) =>
    credits(args, { COMFY_API_KEY: 'comfyui-key', COMFY_API_BASE: other.url })
  const spent = async () => {
    const { stdout } = await run('spent', '--json')
    return (JSON.parse(stdout) as { accounts: object[] }).accounts[0]
  }

  it('sums what calls cost, over as many pages as the month has', async () => {
    events = [
      ...Array.from({ length: 250 }, () => call(0, { charge_micro_usd: 60_000 })),
      call(3 * DAY, { charge_micro_usd: 1_000_000 }),
      ...Array.from({ length: 100 }, () => call(40 * DAY, { charge_micro_usd: 9_000_000 })),
      ...Array.from({ length: 500 }, () => call(50 * DAY, { charge_micro_usd: 9_000_000 })),
    ]
    expect(await spent()).toMatchObject({
      today: { spent_credits: 3165, is_whole: true, calls_without_price: 0 },
      last_7_days: { spent_credits: 3376 },
    })
    // The fourth page reaches beyond the month.
    expect(requests.filter((line) => line.includes('/events'))).toHaveLength(3)
  })

  it('never says a part for the whole', async () => {
    events = [call(0, { charge_micro_usd: 60_000 }), call(0, {})]
    expect(await spent()).toMatchObject({
      today: { spent_credits: 12.66, is_whole: false, calls_without_price: 1 },
    })
    const { stdout } = await run('spent')
    expect(stdout).toContain(
      'today at least 12.66 credits ($0.06); the account does not say what 1 call cost\n',
    )
  })

  it('lists events, and lets none of them command the terminal', async () => {
    events = [call(0, { charge_micro_usd: 60_000, model: 'v3\u001b[2J\nfake' }), call(DAY, {})]
    const { stdout } = await run('events', '--last', '1')
    expect(stdout).toMatch(
      /^\S+Z {2}api_usage_completed {2}Kling {2}v3 \[2J fake {2}-12\.66 credits \(-\$0\.06\)\n1 of 2 events\n$/,
    )
  })

  it('only reads, and sends the key to the given address only', async () => {
    await run('spent', '--below', '1')
    expect(requests.length).toBeGreaterThan(1)
    for (const line of requests) expect(line).toMatch(/^GET .* comfyui-key$/)
  })

  it('counts a new customer, whom the service does not know, as having nothing', async () => {
    expect(await run('balance', '--below', '1')).toMatchObject({
      code: 3,
      stdout: '0 credits ($0.00)\n',
    })
  })
})

it.each([
  [['balance'], {}, /This needs an API key of yours/],
  [['balance'], { COMFY_API_KEY: 'me=a,me=b' }, /two keys the same name/],
  [['balance'], { COMFY_API_KEY: 'a', COMFY_API_BASE: 'http://example.com' }, /unencrypted/],
  [['wealth'], { COMFY_API_KEY: 'a' }, /It answers balance, events, spent and estimate/],
  [['balance', 'x.json'], { COMFY_API_KEY: 'a' }, /`balance` takes no files/],
  [['estimate'], { COMFY_API_KEY: 'a' }, /Name the workflow/],
  [['estimate', 'no.json', 'no.json'], { COMFY_API_KEY: 'a' }, /no\.json: file-unreadable\./],
  [['balance'], { COMFY_API_KEY: 'a', COMFY_API_BASE: 'http://127.0.0.1:9' }, /^offline\. /],
  [[], { COMFY_API_KEY: 'a' }, /Say what you want to know/],
])('refuses %j with %j in a sentence', async (args, env, sentence) => {
  const { code, stdout, stderr } = await credits(args, env)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(sentence)
  expect(stderr).not.toContain('    at ')
})
