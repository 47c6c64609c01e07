import { describe, expect, it } from 'vitest'
import { addCounts, failure, PASSED, summaryLine } from '../../../scripts/test/counts.ts'

describe('the last line of npm test', () => {
  it('adds steps up, and mentions skipped tests only if there are any', () => {
    expect(summaryLine(addCounts([PASSED, PASSED, failure('lint')]))).toBe('2 passed, 1 failed')
    const withSkips = addCounts([{ ...PASSED, passed: 3, skipped: ['a (why)'] }, PASSED])
    expect(summaryLine(withSkips)).toBe('4 passed, 0 failed, 1 skipped')
    expect(withSkips.skipped).toEqual(['a (why)'])
  })

  it('keeps what failed by name', () => {
    const total = addCounts([failure('lint'), PASSED, failure('a test (why)')])
    expect(total.failed).toEqual(['lint', 'a test (why)'])
  })
})
