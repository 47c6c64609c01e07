import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { describeEnd, startChild, type Child } from '../../../sandbox/child.ts'

const LISTENS = 'tests/sandbox/launch/children/listens.ts'

let dir: string
let logFile: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'child-'))
  logFile = join(dir, 'child.log')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

function listener(env: Record<string, string> = {}): Promise<Child> {
  return startChild({ name: 'listener', entry: LISTENS, env: { PORT: '4711', ...env }, logFile })
}

/** What the child said of its environment. */
async function environmentInLog(): Promise<Record<string, string>> {
  const line = await vi.waitFor(async () => {
    const found = (await readFile(logFile, 'utf8')).split('\n').find((l) => l.includes('"PORT"'))
    if (found === undefined) throw new Error('not written yet')
    return found
  })
  return JSON.parse(line) as Record<string, string>
}

describe('a process of the sandbox', () => {
  it('is started when it says where it listens, and ends when asked', async () => {
    const child = await listener()
    expect(child.url).toBe('http://127.0.0.1:4711')
    await child.stop()
  })

  it('does not inherit what could lead it to a real database or account', async () => {
    vi.stubEnv('DATABASE_URL', 'postgresql://production')
    vi.stubEnv('STRIPE_SECRET_KEY', 'sk_of_the_shop')
    const child = await listener({ OWN: 'yes' })
    const env = await environmentInLog()
    await child.stop()
    vi.unstubAllEnvs()
    expect(env).toMatchObject({ OWN: 'yes', PORT: '4711', PATH: process.env['PATH'] })
    expect(env).not.toHaveProperty('DATABASE_URL')
    expect(env).not.toHaveProperty('STRIPE_SECRET_KEY')
  })

  it('that cannot start is reported in its own words', async () => {
    const failing = startChild({
      name: 'credits service',
      entry: 'tests/sandbox/launch/children/fails.ts',
      env: {},
      logFile,
    })
    await expect(failing).rejects.toThrow(
      /The credits service ended by itself \(exit code 1\).*\nPORT is required\./,
    )
  })

  it('that ends by itself later says so with its last lines', async () => {
    const child = await listener()
    process.kill(child.pid, 'SIGUSR2')
    const end = await child.unexpectedEnd
    expect(end).toMatchObject({ name: 'listener', how: 'exit code 3', logFile })
    expect(describeEnd(end)).toContain('out of paper')
  })

  it('that was killed on purpose is no surprise', async () => {
    const child = await listener()
    await child.kill()
    await new Promise(setImmediate)
    const surprise = await Promise.race([child.unexpectedEnd, Promise.resolve('none')])
    expect(surprise).toBe('none')
  })

  it('ends when the process that started it is killed', async () => {
    const parent = spawn(
      process.execPath,
      ['--import', 'tsx', 'tests/sandbox/launch/children/parent.ts', logFile],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const pid = await new Promise<number>((settle) => {
      parent.stdout.on('data', (text: Buffer) => settle(Number(text.toString())))
    })
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 })
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
