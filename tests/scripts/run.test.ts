import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const run = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/run.mjs', ...args], { encoding: 'utf8' })

describe('scripts/run.mjs', () => {
  it('names its commands to whoever asks for another', () => {
    const { status, stderr } = run('strat')
    expect(status).toBe(1)
    expect(stderr).toMatch(/Unknown command strat\..*start, test/)
  })
})

describe('npm start', () => {
  it('explains its options', () => {
    const { status, stdout } = run('start', '--help')
    expect(status).toBe(0)
    expect(stdout).toContain('--host-version V')
  })

  it.each([
    [['--prot', '1'], "Unknown option '--prot'"],
    [['--port', 'http'], '--port http is no port'],
    [['--port', '70000'], '--port 70000 is no port'],
  ])('refuses %j in a sentence, without a stack', (args, sentence) => {
    const { status, stderr } = run('start', ...args)
    expect(status).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stderr).not.toContain('    at ')
  })
})
