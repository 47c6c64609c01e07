import { defineStore } from 'pinia'
import { onScopeDispose } from 'vue'
import { useCreditsContext } from '../context.ts'
import { useClockStore } from './clock.ts'
import { agreement, type ClockReading } from './clock-reading.ts'

/** A Date is cut to the second, and a server may take it from another than the one with the events. */
const DATE_SLACK_MS = 500
const SECOND_MS = 1000

/** Of one service; a clock is not set often. */
const MAX_READINGS = 50

/** The clocks of the services that were asked, by the dates of their answers. */
export const useServerTimesStore = defineStore('serverTimes', () => {
  const { api } = useCreditsContext()
  const clock = useClockStore()
  const byBase = new Map<string, readonly ClockReading[]>()

  onScopeDispose(
    api.onAnswerTime(({ base, date, tookMs }) => {
      const now = clock.now()
      const reading = {
        at: date,
        low: date - DATE_SLACK_MS - now,
        high: date + SECOND_MS + DATE_SLACK_MS - (now - tookMs),
      }
      byBase.set(base, withReading(of(base), reading).slice(-MAX_READINGS))
    }),
  )

  /** Oldest first, each as narrow as all answers of its time make it. */
  function of(base: string): readonly ClockReading[] {
    return byBase.get(base) ?? []
  }

  return { of }
})

/** One that agrees with the last narrows it; another says that a clock was set, or has drifted. */
function withReading(
  readings: readonly ClockReading[],
  next: ClockReading,
): readonly ClockReading[] {
  const last = readings.at(-1)
  const both = last ? agreement(last, next) : null
  return both ? [...readings.slice(0, -1), both] : [...readings, next]
}
