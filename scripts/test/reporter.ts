import { writeFileSync } from 'node:fs'
import process from 'node:process'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'
import { COUNTS_FILE, type TestCounts, type TestOutcome } from './counts.ts'

/** Writes the counts that `npm test` adds up. Vitest's own JSON leaves out why a test was skipped. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env[COUNTS_FILE]
    if (file === undefined) throw new Error(`${COUNTS_FILE} must name the file to write to.`)
    writeFileSync(file, JSON.stringify(count(modules, unhandled)))
  }
}

function count(modules: readonly TestModule[], unhandled: readonly SerializedError[]): TestCounts {
  let passed = 0
  // An error outside all tests, or a file that does not load, counts like a failed test.
  const failed = unhandled.map((error) => named('outside all tests', error))
  const skipped: string[] = []
  const tagged: TestOutcome[] = []
  for (const module of modules) {
    failed.push(...module.errors().map((error) => named(module.relativeModuleId, error)))
    for (const suite of module.children.allSuites())
      failed.push(...suite.errors().map((error) => named(suite.fullName, error)))
    for (const test of module.children.allTests()) {
      const result = test.result()
      const state = result.state === 'pending' ? 'failed' : result.state // started and never finished
      if (state === 'passed') passed += 1
      else if (state === 'failed') failed.push(named(test.fullName, result.errors?.[0]))
      if (result.state === 'skipped')
        skipped.push(result.note ? `${test.fullName} (${result.note})` : test.fullName)
      if (test.tags.length > 0) tagged.push({ tags: test.tags, state })
    }
  }
  return { passed, failed, skipped, tagged }
}

/** On one line: vitest has printed the whole error. */
function named(what: string, error: SerializedError | undefined): string {
  return `${what} (${error?.message.split('\n')[0] ?? 'started and never finished'})`
}
