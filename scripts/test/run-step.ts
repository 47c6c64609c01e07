import { rmSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { ensureExtension } from '../../build/extension.ts'
import { ensureFrontend } from '../../sandbox/frontend/ensure.ts'
import { Problem } from '../../sandbox/problem.ts'
import { findBrowser } from '../browser.ts'
import type { HostTarget } from '../hosts.ts'
import { ensurePostgres, startPostgres } from '../postgres.ts'
import { runTool } from '../tool.ts'
import {
  addCounts,
  COUNTS_FILE,
  failure,
  PASSED,
  testCountsSchema,
  type TestCounts,
} from './counts.ts'
import { endToEndFiles } from './end-to-end.ts'
import type { Step } from './steps.ts'
import { UNIT_ARGS } from './unit.ts'

const REPORTS = '.reports'

/** Where a step writes to, and what ends it early. */
export interface StepContext {
  readonly write: (text: string) => void
  readonly signal: AbortSignal
}

/** The tools that pass or fail as a whole. */
const CHECKS: Readonly<Record<string, readonly [tool: string, ...args: string[]]>> = {
  lint: ['oxlint', '-c', 'oxlint.config.mjs'],
  format: ['oxfmt', '--check'],
  types: ['vue-tsc', '--noEmit'],
  unused: ['knip'],
  sizes: ['size-limit'],
}

/** Fetches what a step needs. If that fails, the step reports it when it runs. */
export async function prepareStep({ name, target }: Step): Promise<void> {
  try {
    if (name === 'postgres') ensurePostgres()
    if (!target) return
    findBrowser()
    await ensureFrontend(target.version)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

/** A step that cannot run has failed: leaving it out must not leave the result green. */
export async function runStep(step: Step, context: StepContext): Promise<TestCounts> {
  try {
    return await countsOf(step, context)
  } catch (error) {
    context.write(`${describe(error)}\n`)
    return failure(`${step.name} could not run (see above)`)
  }
}

function describe(error: unknown): string {
  if (error instanceof Problem) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function countsOf({ name, target }: Step, context: StepContext): Promise<TestCounts> {
  const check = CHECKS[name]
  if (check) return runCheck(check, context)
  if (target) return endToEnd(name, target, context)
  if (name === 'build') return build(context)
  if (name === 'postgres') return serviceOnPostgres(context)
  if (name === 'unit') return vitest(name, UNIT_ARGS, {}, context)
  return vitest(name, ['--project', name], {}, context)
}

async function runCheck(
  [tool, ...args]: readonly [string, ...string[]],
  context: StepContext,
): Promise<TestCounts> {
  const code = await runTool(tool, args, { ...context, env: colors() })
  return code === 0 ? PASSED : failure(`${tool} (see above)`)
}

async function build({ write }: StepContext): Promise<TestCounts> {
  const { built } = await ensureExtension()
  write(built ? 'Built into dist/.\n' : 'dist/ is up to date.\n')
  return PASSED
}

async function endToEnd(
  name: string,
  target: HostTarget,
  context: StepContext,
): Promise<TestCounts> {
  await ensureFrontend(target.version)
  const env = {
    E2E_HOST_VERSION: target.version,
    E2E_ORIGIN: target.scope === 'plain-http' ? 'plain-http' : 'local',
    CHROMIUM_PATH: findBrowser(),
  }
  return vitest(name, ['--project', 'e2e', ...endToEndFiles(target)], env, context)
}

/** Skipped, with the reason, on a machine without a server: PGlite has run the same tests. */
async function serviceOnPostgres(context: StepContext): Promise<TestCounts> {
  const reason = ensurePostgres()
  if (reason !== null) {
    const skipped = [`tests of the service on a PostgreSQL server (${reason})`]
    return { passed: 0, failed: [], skipped, tagged: [] }
  }
  const server = await startPostgres()
  try {
    const env = { TEST_DATABASE_URL: server.url }
    return await vitest('postgres', ['--project', 'node', 'tests/service'], env, context)
  } finally {
    await server.stop()
  }
}

/** Runs vitest and counts its tests. If it fails without a failed test, that is one failure. */
async function vitest(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  context: StepContext,
): Promise<TestCounts> {
  const file = join(REPORTS, `${name.replaceAll(':', '-')}.counts.json`)
  rmSync(file, { force: true })
  await mkdir(REPORTS, { recursive: true })
  const reporters = ['--reporter=default', '--reporter=./scripts/test/reporter.ts']
  const code = await runTool('vitest', ['run', ...reporters, ...args], {
    ...context,
    env: { ...colors(), ...env, [COUNTS_FILE]: file },
  })
  if (context.signal.aborted) return failure('interrupted')
  const counts = await readCounts(file, context)
  return code !== 0 && counts.failed.length === 0
    ? addCounts([counts, failure(`vitest (exit code ${code}, though no test failed)`)])
    : counts
}

async function readCounts(file: string, { write }: StepContext): Promise<TestCounts> {
  try {
    return testCountsSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    write(`${describe(error)}\n`)
    return failure('vitest (ended without a report)')
  }
}

/** The tools write to a pipe, where they print no colors by default. */
function colors(): Readonly<Record<string, string>> {
  const wanted = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
  return wanted ? { FORCE_COLOR: '1' } : {}
}
