import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { Problem } from '../../sandbox/problem.ts'
import { runTool, toolPath } from '../tool.ts'

/**
 * For vitest: the projects of the unit tests, without a DOM and with one. What Vite has compiled is
 * stored for the next run (by the content of the file, and of the configuration with all that it
 * imports). Only one step of `npm test` may store it: vitest empties the store when the lock file has
 * changed, and another that runs at the same time would miss what it reads.
 */
export const UNIT_ARGS = [
  ...['logic', 'dom'].flatMap((name) => ['--project', name]),
  '--experimental.fsModuleCache',
]

/** Developers wait for these, so every core works. */
const EVERY_CORE = '--maxWorkers=100%'

/** Resolves to vitest's exit code. Throws a Problem for an option that vitest does not know. */
export async function runUnitTests(args: readonly string[]): Promise<number> {
  requireKnownOptions(args)
  return runTool('vitest', ['run', ...UNIT_ARGS, EVERY_CORE, ...args])
}

/** vitest refuses an unknown option too, but with a stack trace. */
function requireKnownOptions(args: readonly string[]): void {
  const options = args.filter((arg) => arg.startsWith('--') && arg !== '--')
  if (options.length === 0) return
  const help = execFileSync(process.execPath, [toolPath('vitest'), 'run', '--help'], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  const known = new Set([...help.matchAll(/^ {2,}(?:-\w, )?--([\w-]+)/gm)].map(([, name]) => name))
  const unknown = options.find((option) => !known.has(optionName(option)))
  if (unknown === undefined) return
  throw new Problem(
    `vitest has no option ${unknown}. \`npx vitest run --help\` lists those it has, and ` +
      '`npm run test:unit -- --help` explains the command.',
  )
}

/** `--no-file-parallelism` is fileParallelism, `--sequence.seed=7` is sequence. */
function optionName(option: string): string {
  const [name = ''] = option.replace(/^--(no-)?/, '').split(/[.=]/)
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
