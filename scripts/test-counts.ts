import * as z from 'zod'

/** The environment variable that tells our vitest reporter which file to write. */
export const COUNTS_FILE = 'TEST_COUNTS_FILE'

/** A test that carries tags, such as those of scripts/behaviours.ts. */
const testOutcomeSchema = z.object({
  tags: z.array(z.string()),
  state: z.enum(['passed', 'failed', 'skipped']),
})
export type TestOutcome = z.infer<typeof testOutcomeSchema>

/** What came of some tests; each skipped one with its name and reason. */
export const testCountsSchema = z.object({
  passed: z.number(),
  failed: z.number(),
  skipped: z.array(z.string()),
  tagged: z.array(testOutcomeSchema),
})
export type TestCounts = z.infer<typeof testCountsSchema>

export const PASSED: TestCounts = { passed: 1, failed: 0, skipped: [], tagged: [] }
export const FAILED: TestCounts = { passed: 0, failed: 1, skipped: [], tagged: [] }

export function addCounts(all: readonly TestCounts[]): TestCounts {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    skipped: all.flatMap(({ skipped }) => skipped),
    tagged: all.flatMap(({ tagged }) => tagged),
  }
}

/** `12 passed, 0 failed`, and how many were skipped where some were. */
export function summaryLine({ passed, failed, skipped }: Omit<TestCounts, 'tagged'>): string {
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
  return `${passed} passed, ${failed} failed${skips}`
}
