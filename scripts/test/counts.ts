import * as z from 'zod'

/** The environment variable that names the file our vitest reporter writes. */
export const COUNTS_FILE = 'TEST_COUNTS_FILE'

/** A test that has tags, such as those of scripts/behaviours.ts. */
const testOutcomeSchema = z.object({
  tags: z.array(z.string()),
  state: z.enum(['passed', 'failed', 'skipped']),
})
export type TestOutcome = z.infer<typeof testOutcomeSchema>

/** The results of some tests; each failed or skipped one with its name and reason. */
export const testCountsSchema = z.object({
  passed: z.number(),
  failed: z.array(z.string()),
  skipped: z.array(z.string()),
  tagged: z.array(testOutcomeSchema),
})
export type TestCounts = z.infer<typeof testCountsSchema>

export const PASSED: TestCounts = { passed: 1, failed: [], skipped: [], tagged: [] }

export function failure(what: string): TestCounts {
  return { passed: 0, failed: [what], skipped: [], tagged: [] }
}

export function addCounts(all: readonly TestCounts[]): TestCounts {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.flatMap(({ failed }) => failed),
    skipped: all.flatMap(({ skipped }) => skipped),
    tagged: all.flatMap(({ tagged }) => tagged),
  }
}

/** `12 passed, 0 failed`, and the number of skipped tests if there are any. */
export function summaryLine({ passed, failed, skipped }: Omit<TestCounts, 'tagged'>): string {
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
  return `${passed} passed, ${failed.length} failed${skips}`
}
