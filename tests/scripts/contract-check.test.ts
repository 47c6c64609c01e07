import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminOf } from '../../service/admin.ts'
import { listen, type Listening } from '../service/support/listen.ts'
import { openWorld, type World } from '../service/support/service.ts'
import { newTeam } from '../service/support/teams.ts'
import { runCommand } from './support/run-command.ts'

const contractCheck = (env: Readonly<Record<string, string>>) => runCommand(['contract:check'], env)

/** Both addresses are one server's. */
const at = (url: string) => ({ COMFY_API_BASE: url, COMFY_CLOUD_BASE: url })

describe('against our own service on the plain contract', () => {
  let world: World
  let service: Listening
  beforeAll(async () => {
    world = await openWorld()
    const { fetch } = world.service('plain')
    service = await listen((request) => fetch(request.url, request))
  })
  afterAll(async () => {
    await service.close()
    await world.close()
  })

  it('finds that every answer matches, and shows nothing personal', async () => {
    const { owner, workspaceId } = await newTeam(world, world.service('plain'), { usdMicros: 4711 })
    const { subject } = owner
    const key = await adminOf(world.database.db).createApiKey({ subject })
    const { code, stdout, stderr } = await contractCheck({ COMFY_API_KEY: key, ...at(service.url) })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.match(/^GET .*$/gm)).toHaveLength(11)
    expect(stdout.match(/^ {2}matches$/gm)).toHaveLength(11)
    expect(stdout).toContain('11 of 11 compared, 0 against the contract.')
    for (const personal of [key, subject, '@example.com', workspaceId, 'A team', '4711']) {
      expect(stdout).not.toContain(personal)
    }
  })

  it('compares what the key of a workspace may see: the workspace', async () => {
    const { owner, workspaceId } = await newTeam(world, world.service('plain'))
    const { subject } = owner
    const key = await adminOf(world.database.db).createApiKey({ subject, workspaceId })
    const { code, stdout } = await contractCheck({ COMFY_API_KEY: key, ...at(service.url) })
    expect(code).toBe(0)
    expect(stdout).toContain(
      'customers/balance\n  ? not for this key: it may not request this (403)',
    )
    expect(stdout).toContain('8 of 11 compared, 0 against the contract.')
    for (const personal of [key, subject, workspaceId, 'A team']) {
      expect(stdout).not.toContain(personal)
    }
  })

  it('does not count a request that the key may not make', async () => {
    const { member, workspaceId } = await newTeam(world, world.service('plain'))
    const { subject } = member
    const key = await adminOf(world.database.db).createApiKey({ subject, workspaceId })
    const { code, stdout } = await contractCheck({ COMFY_API_KEY: key, ...at(service.url) })
    expect(code).toBe(0)
    expect(stdout).toContain('payment-methods\n  ? not for this key: it may not request this (403)')
  })

  it('reports that the key was not accepted', async () => {
    const { code, stdout, stderr } = await contractCheck({
      COMFY_API_KEY: 'comfyui-of-nobody',
      ...at(service.url),
    })
    expect(code).toBe(1)
    expect(stdout).toContain('! gave up: the key was not accepted (401)')
    expect(stderr).toContain('Check the network, and that the key is complete')
    expect(stdout + stderr).not.toContain('of-nobody')
  })
})

describe('against answers that differ', () => {
  const requests: string[] = []
  let other: Listening
  beforeAll(async () => {
    other = await listen((request) => {
      const { pathname } = new URL(request.url)
      requests.push(`${request.method} ${pathname} ${request.headers.get('X-API-KEY')}`)
      if (pathname === '/customers/balance') {
        return Response.json({ amount_micros: 'ten of Ann', currency: 'usd', tier: 'Ann’s' })
      }
      if (pathname === '/customers/events') return new Response('<h1>Ann</h1>')
      if (pathname === '/api/billing/plans') return Response.json({ plans: [] })
      if (pathname === '/api/billing/status') return Response.redirect('http://127.0.0.1:9/')
      return Response.json({ message: 'no such thing' }, { status: 404 })
    })
  })
  afterAll(() => other.close())

  it('names each by field and type only, and exits with 1', async () => {
    const { code, stdout, stderr } = await contractCheck({
      COMFY_API_KEY: 'comfyui-key',
      ...at(`${other.url}/`),
    })
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toContain(
      `GET ${other.url}/customers/balance\n  ! amount_micros is string, not number\n  + tier is string\n`,
    )
    expect(stdout).toContain('/customers/events\n  ! no answer: the response is not JSON')
    expect(stdout).toContain('/cloud-subscription-status\n  ! no answer: refused (404)')
    expect(stdout).toContain('/api/billing/status\n  ! gave up: no answer')
    expect(stdout).not.toContain('Ann')
  })

  it('sends GET requests only, and the key to the given address only', () => {
    expect(requests.length).toBeGreaterThan(3)
    for (const line of requests) expect(line).toMatch(/^GET .* comfyui-key$/)
  })
})

describe('settings that it refuses', () => {
  it.each([
    ['there is no key', {}, 'COMFY_API_KEY=… npm run contract:check'],
    ['the key is not a key', { COMFY_API_KEY: 'a\nb' }, 'contains characters that no key has'],
    [
      'an address is not encrypted',
      { COMFY_API_KEY: 'k', COMFY_API_BASE: 'http://example.com' },
      'COMFY_API_BASE: a key must not cross the network unencrypted',
    ],
    [
      'an address is not an address',
      { COMFY_API_KEY: 'k', COMFY_CLOUD_BASE: 'cloud' },
      'COMFY_CLOUD_BASE: Invalid URL',
    ],
    [
      'nobody answers',
      { COMFY_API_KEY: 'k', ...at('http://127.0.0.1:9') },
      'Nothing could be compared. Check the network',
    ],
  ])('%s: one sentence and 1', async (_, env, sentence) => {
    const { code, stderr } = await contractCheck(env)
    expect(code).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stderr).not.toContain('    at ')
  })
})
