/**
 * How every command of scripts/run.mjs reads its arguments. A definition in scripts/commands/ is
 * light: its `run` imports what does the work, so that `--help` and a mistyped option cost nothing.
 */
import process from 'node:process'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { Problem } from '../sandbox/problem.ts'

interface TextOption {
  readonly type: 'text'
  /** Stands for the value in the help, such as `DIR`. */
  readonly value: string
  readonly default?: string
  readonly help: string
}

/** A whole number. */
interface NumberOption {
  readonly type: 'number'
  readonly value: string
  readonly min: number
  readonly max?: number
  readonly default?: number
  readonly help: string
}

/** One or several values: the option repeated, or its values separated by commas. */
interface ListOption {
  readonly type: 'list'
  readonly value: string
  readonly help: string
}

interface FlagOption {
  readonly type: 'flag'
  readonly help: string
}

type Option = TextOption | NumberOption | ListOption | FlagOption
type Options = Readonly<Record<string, Option>>

type Value<O extends Option> = O extends FlagOption
  ? boolean
  : O extends ListOption
    ? readonly string[]
    : (O extends NumberOption ? number : string) | (O extends HasDefault ? never : undefined)

interface HasDefault {
  readonly default: string | number
}

type Values<O extends Options> = { readonly [Name in keyof O]: Value<O[Name]> }

interface Arguments {
  /** As the help shows them, such as `FILE…`. */
  readonly value: string
  readonly atMost: number
  /** The sentence for a person who gave none. */
  readonly missing: string
}

interface Definition<O extends Options> {
  /** As npm knows it, such as `bench:boot`. */
  readonly name: string
  readonly description: string
  readonly options?: O
  /** Without it the command takes options only. */
  readonly arguments?: Arguments
  /** Everything but `--help` goes to a tool that reads its own command line. */
  readonly passesArgumentsOn?: true
  /** Follows the options in the help: settings in the environment, for example. */
  readonly notes?: string
  /** Whole commands to copy. */
  readonly examples: readonly string[]
  run(values: Values<O>, args: readonly string[]): Promise<void>
}

export interface Command {
  readonly help: string
  run(args: readonly string[]): Promise<void>
}

export function defineCommand<const O extends Options>(definition: Definition<O>): Command {
  return {
    help: helpText(definition),
    run: async (args) => {
      const parsed = readArguments(definition, args)
      if (parsed) await definition.run(parsed.values, parsed.args)
      else console.log(helpText(definition))
    },
  }
}

/** Runs a command: a Problem is printed as its sentence, a bug with its stack. */
export async function runCommand(command: Command, args: readonly string[]): Promise<void> {
  try {
    await command.run(args)
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error)
    process.exitCode = 1
  }
}

/** npm has a short form for these two. */
function invocation(name: string): string {
  return ['start', 'test'].includes(name) ? `npm ${name} --` : `npm run ${name} --`
}

/** Null when the help was asked for. Throws a Problem for what the command does not take. */
function readArguments<O extends Options>(
  definition: Definition<O>,
  args: readonly string[],
): { values: Values<O>; args: readonly string[] } | null {
  if (definition.passesArgumentsOn) {
    return asksForHelp(args) ? null : { values: {} as Values<O>, args }
  }
  const { values, positionals } = parse(definition, args)
  if (values['help'] === true) return null
  const wanted = definition.arguments
  if (wanted && positionals.length === 0) throw refusal(definition, wanted.missing)
  if (wanted && positionals.length > wanted.atMost) {
    throw refusal(definition, `Too many arguments: ${positionals.join(' ')}.`)
  }
  return { values: readValues(definition, values) as Values<O>, args: positionals }
}

const asksForHelp = (args: readonly string[]) => args.includes('--help') || args.includes('-h')

type Parsed = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

function parse(
  definition: Definition<Options>,
  args: readonly string[],
): { values: Parsed; positionals: string[] } {
  const config: NonNullable<ParseArgsConfig['options']> = {
    help: { type: 'boolean', short: 'h' },
  }
  for (const [name, { type }] of Object.entries(definition.options ?? {})) {
    config[name] = { type: type === 'flag' ? 'boolean' : 'string', multiple: type === 'list' }
  }
  try {
    return parseArgs({
      args: [...args],
      options: config,
      allowPositionals: definition.arguments !== undefined,
    })
  } catch (cause) {
    throw refusal(definition, firstSentence(cause), cause)
  }
}

/** Node adds advice of its own, which is longer than the help. */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `${message.split(/[.\n]\s|[.\n]$/)[0]}.`
}

function refusal(definition: Definition<Options>, sentence: string, cause?: unknown): Problem {
  const hint = `\`${invocation(definition.name)} --help\` explains the command.`
  return new Problem(`${sentence} ${hint}`, { cause })
}

function readValues(definition: Definition<Options>, values: Parsed): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(definition.options ?? {}).map(([name, option]) => {
      const value = values[name]
      if (option.type === 'flag') return [name, value === true]
      if (option.type === 'list') return [name, splitList([value ?? []].flat())]
      if (value === undefined) return [name, option.default]
      if (option.type === 'text') return [name, value]
      const number = Number(value)
      if (isInRange(number, option)) return [name, number]
      throw refusal(definition, `--${name} takes ${rangeOf(option)}, not "${String(value)}".`)
    }),
  )
}

const splitList = (values: readonly unknown[]): string[] =>
  values.flatMap((value) => String(value).split(',')).map((text) => text.trim())

const isInRange = (number: number, { min, max = Infinity }: NumberOption): boolean =>
  Number.isInteger(number) && number >= min && number <= max

const rangeOf = ({ min, max }: NumberOption): string =>
  max === undefined ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`

function helpText(definition: Definition<Options>): string {
  const { name, description, notes, examples, options = {} } = definition
  const usage = [invocation(name), definition.arguments?.value, '[options]'].filter(Boolean)
  const rows = Object.entries(options).map(([option, { help, ...rest }]): [string, string] => {
    const value = 'value' in rest ? ` ${rest.value}` : ''
    const preset = 'default' in rest ? ` (default: ${rest.default})` : ''
    return [`--${option}${value}`, help + preset]
  })
  return [
    `Usage: ${usage.join(' ')}`,
    description,
    `Options:\n${inColumns([...rows, ['--help', 'show this text']])}`,
    notes,
    `${examples.length === 1 ? 'Example' : 'Examples'}:\n${indented(examples.join('\n'))}`,
  ]
    .filter(Boolean)
    .join('\n\n')
}

function inColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  const lines = rows.map(([left, right]) => {
    const [first = '', ...others] = right.split('\n')
    return [left.padEnd(width) + first, ...others.map((line) => ' '.repeat(width) + line)]
  })
  return indented(lines.flat().join('\n'))
}

const indented = (text: string): string => text.replace(/^/gm, '  ')
