import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { describe, expect, it, vi } from 'vitest'
import { runCommand, type Command } from '../../scripts/command-line.ts'
import { runs } from '../src/support/runs.ts'

interface Finished {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(...args: string[]): Promise<Finished> {
  const child = spawn(process.execPath, ['scripts/run.mjs', ...args], { stdio: 'pipe' })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })
}

/** The same without a process, whose start and compilation take a hundred times as long. */
async function runInside(name: string, ...args: string[]): Promise<Finished> {
  const { command } = (await import(`../../scripts/commands/${fileOf(name)}.ts`)) as {
    command: Command
  }
  const [log, error] = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error')]
  const text = (spy: typeof log): string => spy.mock.calls.map(([line]) => `${line}\n`).join('')
  for (const spy of [log, error]) spy.mockImplementation(() => {})
  try {
    await runCommand(command, args)
    return { status: Number(process.exitCode ?? 0), stdout: text(log), stderr: text(error) }
  } finally {
    process.exitCode = undefined
    for (const spy of [log, error]) spy.mockRestore()
  }
}

const fileOf = (name: string): string => name.replace(':', '-')

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>
}
const commands = Object.entries(scripts).flatMap(([name, line]) =>
  line.startsWith('node scripts/run.mjs ') ? [name] : [],
)

describe('scripts/run.mjs', () => {
  const list = spawnSync(process.execPath, ['scripts/run.mjs', '--help'], { encoding: 'utf8' })
  const listed = [...list.stdout.matchAll(/^ {2}(\S+) {2,}\S/gm)].map(([, name]) => name)

  it('lists every command of package.json, and no other', () => {
    expect(list.status).toBe(0)
    expect(listed.toSorted()).toEqual(commands.toSorted())
    for (const name of commands) {
      expect(scripts[name]).toBe(`node scripts/run.mjs ${name}`)
      expect(existsSync(`scripts/commands/${fileOf(name)}.ts`)).toBe(true)
    }
  })

  it.each([
    ['without a command', [], 'Usage: npm run COMMAND'],
    ['for an unknown command', ['strat'], 'There is no command "strat".'],
    ['for a name of JavaScript', ['constructor'], 'There is no command "constructor".'],
  ])('lists them on stderr %s, and fails', async (_, args, sentence) => {
    const { status, stdout, stderr } = await run(...args)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain(sentence)
    expect(stderr).toContain(list.stdout)
  })
})

/** With FULL=1 all of them; else one that takes options, one with steps, and one for vitest. */
const inProcesses = new Set(commands.slice(0, runs(commands.length, 3)))

describe.each(commands)('npm run %s', { timeout: 60_000 }, (name) => {
  const invocation = ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`

  it('explains itself with --help, and refuses an unknown option in a sentence', async () => {
    const start = inProcesses.has(name) ? run : runInside
    const help = await start(name, '--help')
    const refusal = await start(name, '--no-such-option')
    expect([help.status, help.stderr]).toEqual([0, ''])
    expect(help.stdout).toMatch(new RegExp(`^Usage: ${invocation} -- .*\\n\\n\\S.{40,}`))
    expect(help.stdout).toMatch(/^Options:\n(.+\n)*? {2}--help +\S/m)
    expect(help.stdout).toMatch(new RegExp(`^Examples?:\\n {2}.*${invocation}`, 'm'))
    for (const line of help.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)

    expect([refusal.status, refusal.stdout]).toEqual([1, ''])
    expect(refusal.stderr).toMatch(/^[^\n]*--no-such-option[^\n]*--help[^\n]*\n$/)
  })

  it('loads nothing heavy before it has to', () => {
    const definition = readFileSync(`scripts/commands/${fileOf(name)}.ts`, 'utf8')
    const imported = [...definition.matchAll(/^import .* from '(.*)'$/gm)].map(([, path]) => path)
    const light = new Set(['../command-line.ts', '../../sandbox/frontend/versions.ts'])
    for (const path of imported)
      expect(path?.startsWith('node:') || light.has(`${path}`)).toBe(true)
  })
})

describe('npm start', () => {
  it.each([
    [['--prot', '1'], "Unknown option '--prot'."],
    [['--port', 'http'], '--port takes a whole number from 1 to 65535, not "http".'],
    [['--port', '70000'], '--port takes a whole number from 1 to 65535, not "70000".'],
    [['--port='], '--port takes a whole number from 1 to 65535, not "".'],
  ])('refuses %j in a sentence, without a stack', async (args, sentence) => {
    const { status, stderr } = await run('start', ...args)
    expect(status).toBe(1)
    expect(stderr).toBe(`${sentence} \`npm start -- --help\` explains the command.\n`)
  })
})

describe('npm test', () => {
  it('names the steps to a person who mistyped one', async () => {
    const { status, stderr } = await run('test', '--step', 'lint,unti')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^There is no step unti\. --step takes some of build, unit, .*\n$/)
  })
})
