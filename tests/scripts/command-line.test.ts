import process from 'node:process'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../../sandbox/problem.ts'
import { defineCommand, runCommand } from '../../scripts/command-line.ts'

const run = vi.fn<(values: unknown, args: readonly string[]) => Promise<void>>(async () => {})
const command = defineCommand({
  name: 'bake',
  description: 'Bakes bread.',
  options: {
    flour: { type: 'text', value: 'KIND', default: 'rye', help: 'the flour' },
    salt: { type: 'text', value: 'KIND', help: 'the salt' },
    loaves: { type: 'number', value: 'N', min: 1, default: 2, help: 'how many' },
    minutes: { type: 'number', value: 'N', min: 1, max: 90, help: 'how long\nin the oven' },
    seed: { type: 'list', value: 'NAME', help: 'on top' },
    dark: { type: 'flag', help: 'bake it dark' },
  },
  arguments: { value: 'TIN…', atMost: 2, missing: 'No tin was given.' },
  notes: 'Mind the oven.',
  examples: ['npm run bake -- small', 'npm run bake -- small --dark'],
  run,
})

afterEach(() => {
  vi.restoreAllMocks()
  run.mockClear()
})

describe('a command', () => {
  it('receives defaults for what was not given', async () => {
    await command.run(['small'])
    expect(run).toHaveBeenCalledWith(
      { flour: 'rye', salt: undefined, loaves: 2, minutes: undefined, seed: [], dark: false },
      ['small'],
    )
  })

  it('receives texts, numbers, flags and lists; a list takes commas and repeats', async () => {
    const args = ['--flour', 'oat', '--minutes=45', '--dark', '--seed', 'poppy, flax', 'a']
    await command.run([...args, '--seed', 'sesame', 'b'])
    expect(run).toHaveBeenCalledWith(
      {
        flour: 'oat',
        salt: undefined,
        loaves: 2,
        minutes: 45,
        seed: ['poppy', 'flax', 'sesame'],
        dark: true,
      },
      ['a', 'b'],
    )
  })

  it.each([
    [['--flower', 'x'], "Unknown option '--flower'."],
    [['a', '--salt'], "Option '--salt <value>' argument missing."],
    [['a', '--salt', '--dark'], "Option '--salt' argument is ambiguous."],
    [['a', '--dark=no'], "Option '--dark' does not take an argument."],
    [['a', '--loaves', '0'], '--loaves takes a whole number, at least 1, not "0".'],
    [['a', '--minutes', '1.5'], '--minutes takes a whole number from 1 to 90, not "1.5".'],
    [[], 'No tin was given.'],
    [['a', 'b', 'c'], 'Too many arguments: a b c.'],
  ])('refuses %j in a sentence', async (args, sentence) => {
    await expect(command.run(args)).rejects.toThrow(
      new Problem(`${sentence} \`npm run bake -- --help\` explains the command.`),
    )
    expect(run).not.toHaveBeenCalled()
  })

  it('without arguments refuses one', async () => {
    const plain = defineCommand({ name: 'start', description: 'Starts.', examples: [], run })
    await expect(plain.run(['now'])).rejects.toThrow(
      "Unexpected argument 'now'. `npm start -- --help` explains the command.",
    )
  })

  it('that passes its arguments on reads --help only', async () => {
    const tool = defineCommand({
      name: 'tool',
      description: 'Runs a tool.',
      passesArgumentsOn: true,
      examples: [],
      run,
    })
    await tool.run(['-t', 'two tabs', '--any'])
    expect(run).toHaveBeenCalledWith({}, ['-t', 'two tabs', '--any'])
    const log = vi.spyOn(console, 'log').mockReturnValue()
    await tool.run(['-t', '--help'])
    expect(log).toHaveBeenCalledExactlyOnceWith(tool.help)
    expect(run).toHaveBeenCalledOnce()
  })
})

describe('the help', () => {
  it('shows usage, options with defaults, notes and examples', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    await command.run(['-h'])
    expect(log).toHaveBeenCalledExactlyOnceWith(command.help)
    expect(run).not.toHaveBeenCalled()
    expect(command.help).toBe(`Usage: npm run bake -- TIN… [options]

Bakes bread.

Options:
  --flour KIND  the flour (default: rye)
  --salt KIND   the salt
  --loaves N    how many (default: 2)
  --minutes N   how long
                in the oven
  --seed NAME   on top
  --dark        bake it dark
  --help        show this text

Mind the oven.

Examples:
  npm run bake -- small
  npm run bake -- small --dark`)
  })
})

describe('running a command', () => {
  it.each([
    ['a Problem by its sentence', new Problem('The oven is cold.'), 'The oven is cold.'],
    ['a bug with its stack', new Error('bug'), new Error('bug')],
  ])('prints %s, and sets the exit code', async (_, error, printed) => {
    const { exitCode } = process
    const print = vi.spyOn(console, 'error').mockReturnValue()
    run.mockRejectedValueOnce(error)
    await runCommand(command, ['a'])
    expect(print).toHaveBeenCalledExactlyOnceWith(printed)
    expect(process.exitCode).toBe(1)
    process.exitCode = exitCode
  })
})
