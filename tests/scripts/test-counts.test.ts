import { describe, expect, it } from 'vitest'
import { addCounts, FAILED, PASSED, summaryLine } from '../../scripts/test-counts.ts'

describe('the last line of npm test', () => {
  it('adds steps up, and speaks of skipped tests only where some were', () => {
    expect(summaryLine(addCounts([PASSED, PASSED, FAILED]))).toBe('2 passed, 1 failed')
    const withSkips = addCounts([{ ...PASSED, passed: 3, skipped: ['a (why)'] }, PASSED])
    expect(summaryLine(withSkips)).toBe('4 passed, 0 failed, 1 skipped')
    expect(withSkips.skipped).toEqual(['a (why)'])
  })
})
