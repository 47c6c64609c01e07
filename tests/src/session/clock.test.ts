import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useClockStore } from '../../../src/session/clock.ts'
import { NOON, SECOND } from '../../support/builders/run.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: NOON })
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

it('the page’s time goes on where the browser’s clock is set back', () => {
  const clock = useClockStore()
  expect(clock.now()).toBe(NOON)
  vi.setSystemTime(NOON + 10 * SECOND)
  expect(clock.now()).toBe(NOON + 10 * SECOND)
  vi.setSystemTime(NOON - 3600 * SECOND)
  expect(clock.now()).toBe(NOON + 10 * SECOND)
  vi.setSystemTime(NOON - 3590 * SECOND)
  expect(clock.now()).toBe(NOON + 20 * SECOND)
  expect(clock.toPageTime(NOON - 3591 * SECOND)).toBe(NOON + 19 * SECOND)
})

it('the page’s time follows a clock that is set forward', () => {
  const clock = useClockStore()
  expect(clock.now()).toBe(NOON)
  vi.setSystemTime(NOON + 3600 * SECOND)
  expect(clock.now()).toBe(NOON + 3600 * SECOND)
})
