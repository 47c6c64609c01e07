import { rmSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { buildExtension } from '../build/extension.ts'
import { ensureFrontend } from '../sandbox/frontend/ensure.ts'
import { Problem } from '../sandbox/problem.ts'
import { behaviourCounts, behaviourTable, type HostRun } from './behaviours.ts'
import { findBrowser } from './browser.ts'
import { hostsOnPlainHttp, isBetween, readHosts } from './hosts.ts'
import { startPostgres, type PostgresServer } from './postgres.ts'
import { runScript } from './run-script.ts'
import {
  addCounts,
  COUNTS_FILE,
  failure,
  PASSED,
  summaryLine,
  testCountsSchema,
  type TestCounts,
} from './test-counts.ts'
import { runTool } from './tool.ts'

const REPORTS = '.reports'

interface Result {
  readonly name: string
  readonly counts: TestCounts
}

interface Step {
  readonly name: string
  /** The ComfyUI frontend that it drives, and where. */
  readonly host?: Omit<HostRun, 'outcomes'>
  run(): Promise<TestCounts>
}

function tool(step: string, name: string, args: readonly string[] = []): Step {
  return {
    name: step,
    run: async () => ((await runTool(name, args)) === 0 ? PASSED : failure(`${name} (see above)`)),
  }
}

/** Runs vitest and counts its tests. Failing without a failed test counts as one failure. */
async function vitest(
  label: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TestCounts> {
  const file = join(REPORTS, `${label}.json`)
  rmSync(file, { force: true })
  await mkdir(REPORTS, { recursive: true })
  const reporters = ['--reporter=default', '--reporter=./scripts/test-reporter.ts']
  const code = await runTool('vitest', ['run', ...reporters, ...args], {
    ...env,
    [COUNTS_FILE]: file,
  })
  const counts = await readCounts(file)
  return code !== 0 && counts.failed.length === 0
    ? addCounts([counts, failure(`vitest (ended with ${code}, though no test failed)`)])
    : counts
}

async function readCounts(file: string): Promise<TestCounts> {
  try {
    return testCountsSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    console.error('vitest ended without a report.', error)
    return failure('vitest (ended without a report)')
  }
}

/** Not every machine has a server, and PGlite has run the same tests: then said, not failed. */
async function serviceOnPostgres(): Promise<TestCounts> {
  const server = await postgresOrReason()
  if (typeof server === 'string') {
    const skipped = [`service tests on a PostgreSQL server (${server})`]
    return { passed: 0, failed: [], skipped, tagged: [] }
  }
  try {
    return await vitest('postgres', ['--project', 'node', 'tests/service'], {
      TEST_DATABASE_URL: server.url,
    })
  } finally {
    await server.stop()
  }
}

async function postgresOrReason(): Promise<PostgresServer | string> {
  try {
    return await startPostgres()
  } catch (error) {
    if (error instanceof Problem) return error.message
    throw error
  }
}

/** How a page looks, and what it says of runs, does not hang on where it comes from, and takes long. */
const NOT_ON_PLAIN_HTTP = [
  'tests/e2e/accessibility.e2e.ts',
  'tests/e2e/live.e2e.ts',
  'tests/e2e/looks.e2e.ts',
]

/**
 * On the oldest and the newest frontend on this machine, and nowhere else: what becomes of a purchase
 * when a browser or a service is killed or a webhook is late, and what is kept of runs, hangs on the
 * service and the browser's storage, and takes long. Paying inside ComfyUI's own page, which takes a
 * secure context, hangs on Stripe's script.
 */
const AT_THE_ENDS = [
  'tests/e2e/embedded.e2e.ts',
  'tests/e2e/history-list.e2e.ts',
  'tests/e2e/history-out.e2e.ts',
  'tests/e2e/interrupted.e2e.ts',
  'tests/e2e/runs.e2e.ts',
]

function endToEnd(version: string, origin: 'local' | 'plain-http'): Step {
  const overPlainHttp = origin === 'plain-http'
  const leftOut = [
    ...(overPlainHttp ? NOT_ON_PLAIN_HTTP : []),
    ...(overPlainHttp || isBetween(version) ? AT_THE_ENDS : []),
  ].map((file) => `--exclude=${file}`)
  return {
    name: `end-to-end tests on ComfyUI frontend ${version}${overPlainHttp ? ' on plain http' : ''}`,
    host: { version, overPlainHttp },
    async run() {
      await ensureFrontend(version)
      return vitest(`e2e-${version}-${origin}`, ['--project', 'e2e', ...leftOut], {
        E2E_HOST_VERSION: version,
        E2E_ORIGIN: origin,
        CHROMIUM_PATH: findBrowser(),
      })
    },
  }
}

function allSteps(hosts: readonly string[]): readonly Step[] {
  return [
    tool('lint', 'oxlint'),
    tool('format', 'oxfmt', ['--check']),
    tool('types', 'vue-tsc', ['--noEmit']),
    tool('unused code', 'knip'),
    { name: 'build', run: async () => (await buildExtension(), PASSED) },
    tool('sizes', 'size-limit'),
    {
      name: 'unit, component, service and sandbox tests',
      run: () =>
        vitest('tests', ['--project', 'unit', '--project', 'node'], { FLOW_RUNS: '100000' }),
    },
    { name: 'service tests on a PostgreSQL server', run: serviceOnPostgres },
    ...hosts.map((version) => endToEnd(version, 'local')),
    ...hostsOnPlainHttp(hosts).map((version) => endToEnd(version, 'plain-http')),
  ]
}

/** A step that cannot be run has failed: a green that left something out would be a lie. */
async function runStep(step: Step): Promise<TestCounts> {
  console.log(`\n── ${step.name} ──`)
  const start = Date.now()
  let counts: TestCounts
  try {
    counts = await step.run()
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error)
    counts = failure('could not be run (see above)')
  }
  console.log(`── ${step.name}: ${summaryLine(counts)} (${seconds(start)} s)`)
  return counts
}

function seconds(start: number): string {
  return ((Date.now() - start) / 1000).toFixed(1)
}

await runScript(async () => {
  const start = Date.now()
  const results: Result[] = []
  const runs: HostRun[] = []
  for (const step of allSteps(readHosts(process.env['HOSTS']))) {
    const counts = await runStep(step)
    results.push({ name: step.name, counts })
    if (step.host) runs.push({ ...step.host, outcomes: counts.tagged })
  }
  results.push({ name: 'every behaviour shown on these frontends', counts: behaviourCounts(runs) })
  console.log(`\n${behaviourTable(runs).join('\n')}`)

  const total = addCounts(results.map(({ counts }) => counts))
  console.log(`\n${'─'.repeat(60)}`)
  for (const { name, counts } of results) {
    console.log(`${counts.failed.length > 0 ? '✗' : '✓'} ${name}: ${summaryLine(counts)}`)
    for (const failed of counts.failed) console.log(`    ✗ ${failed}`)
  }
  for (const reason of new Set(total.skipped)) console.log(`  skipped: ${reason}`)
  console.log(`${seconds(start)} s in all\n`)
  console.log(summaryLine(total))
  process.exitCode = total.failed.length > 0 ? 1 : 0
})
