import { createPinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import { createPanelHost } from '../../../sandbox/panel/host.ts'
import { createApi } from '../../../src/api/client.ts'
import type { AnswerTime } from '../../../src/api/port.ts'
import { creditsContextKey } from '../../../src/context.ts'
import { useServerTimesStore } from '../../../src/session/server-times.ts'
import { NOON, SECOND } from '../../support/builders/run.ts'

const HOUR = 3600 * SECOND
const BASE = 'https://api.test'
let answered: (time: AnswerTime) => void

beforeEach(() => vi.useFakeTimers({ now: NOON }))
afterEach(() => vi.useRealTimers())

function open() {
  const app = createApp({})
  const onAnswerTime = (listener: typeof answered) => {
    answered = listener
    return () => {}
  }
  app.provide(creditsContextKey, { host: createPanelHost(), api: { ...createApi(), onAnswerTime } })
  app.use(createPinia())
  return app.runWithContext(() => useServerTimesStore())
}

/** An answer of the true time, cut to the second, while the browser's clock is `off`. */
function answer(time: number, { off, tookMs }: { off: number; tookMs: number }): void {
  vi.setSystemTime(time + tookMs / 2 + off)
  answered({ base: BASE, date: Math.floor(time / SECOND) * SECOND, tookMs })
}

describe('the clock of a service', () => {
  it.each([0, -9 * SECOND, 48 * HOUR, -48 * HOUR])(
    'is known to a second and half the round trip (browser %i ms off)',
    (off) => {
      const times = open()
      answer(NOON + 400, { off, tookMs: 300 })
      const [reading, ...others] = times.of(BASE)
      expect(others).toEqual([])
      if (!reading) throw new Error('Nothing is known of the clock')
      expect(reading.high - reading.low).toBe(2 * SECOND + 300)
      expect(reading.low).toBeLessThanOrEqual(-off)
      expect(reading.high).toBeGreaterThanOrEqual(-off)
      expect(times.of('https://other.test')).toEqual([])
    },
  )

  it('is known better by more answers', () => {
    const times = open()
    for (const ms of [0, 350, 800, 990])
      answer(NOON + 7 * ms + ms, { off: -9 * SECOND, tookMs: 60 })
    const [reading, ...others] = times.of(BASE)
    expect(others).toEqual([])
    expect((reading?.high ?? 0) - (reading?.low ?? 0)).toBeLessThan(1500)
    expect(reading?.low).toBeLessThanOrEqual(9 * SECOND)
    expect(reading?.high).toBeGreaterThanOrEqual(9 * SECOND)
  })

  it('is another one since the browser’s clock was set', () => {
    const times = open()
    answer(NOON, { off: 0, tookMs: 100 })
    answer(NOON + HOUR, { off: 2 * HOUR, tookMs: 100 })
    const [before, since] = times.of(BASE)
    expect(before?.at).toBe(NOON)
    expect(since?.at).toBe(NOON + HOUR)
    expect(since?.high).toBeLessThan(-2 * HOUR + 2 * SECOND)
  })
})
