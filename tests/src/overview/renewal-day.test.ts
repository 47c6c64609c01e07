import { expect, it } from 'vitest'
import { renewalDay } from '../../../src/overview/renewal-day.ts'

it.each([
  // A day is the same day in every time zone.
  ['2026-12-05', new Date(2026, 11, 5).getTime()],
  ['2026-12-05T10:00:00Z', Date.UTC(2026, 11, 5, 10)],
  ['2026-12-05T10:00:00', Date.UTC(2026, 11, 5, 10)],
  ['next month', null],
  ['', null],
  [null, null],
])('%j is %j', (written, at) => {
  expect(renewalDay(written)).toBe(at)
})
