import { describe, expect, test } from 'vitest'
import { limitsOf } from '../../../src/run-archive/retention.ts'

const NOW = Date.UTC(2026, 0, 31)

describe('limitsOf', () => {
  test('allows two balance readings for each run: one before it and one after', () => {
    expect(limitsOf({ runs: 1, days: null }, NOW).readings).toBe(2)
    expect(limitsOf({ runs: 100_000, days: null }, NOW).readings).toBe(200_000)
  })

  test('has no age limit unless days were chosen', () => {
    expect(limitsOf({ runs: 10, days: null }, NOW).since).toBe(-Infinity)
    expect(limitsOf({ runs: 10, days: 30 }, NOW).since).toBe(Date.UTC(2026, 0, 1))
  })
})
