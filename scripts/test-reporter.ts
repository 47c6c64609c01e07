import { writeFileSync } from 'node:fs'
import process from 'node:process'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'
import { COUNTS_FILE, type TestCounts, type TestOutcome } from './test-counts.ts'

/** Vitest's reporter that writes what `npm test` adds up; vitest's own JSON leaves out skip notes. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env[COUNTS_FILE]
    if (file === undefined) throw new Error(`${COUNTS_FILE} must name the file to write to.`)
    writeFileSync(file, JSON.stringify(count(modules, unhandled.length)))
  }
}

function count(modules: readonly TestModule[], unhandledErrors: number): TestCounts {
  let passed = 0
  // An error outside of all tests, or a file that cannot be loaded, is a failure as a test's is.
  let failed = unhandledErrors
  const skipped: string[] = []
  const tagged: TestOutcome[] = []
  for (const module of modules) {
    failed += module.errors().length
    for (const suite of module.children.allSuites()) failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const result = test.result()
      const state = result.state === 'pending' ? 'failed' : result.state // begun and never ended
      if (state === 'passed') passed += 1
      else if (state === 'failed') failed += 1
      if (result.state === 'skipped')
        skipped.push(result.note ? `${test.fullName} (${result.note})` : test.fullName)
      if (test.tags.length > 0) tagged.push({ tags: test.tags, state })
    }
  }
  return { passed, failed, skipped, tagged }
}
