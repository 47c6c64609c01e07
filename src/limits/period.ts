import { dayStart } from '../session/calendar.ts'
import type { LimitPeriod } from './limit.ts'

/** Epoch milliseconds, in the person's time zone. */
export interface Period {
  readonly from: number
  /** When the next one begins; null where each run is judged by itself. */
  readonly resetsAt: number | null
}

/** By the calendar: a day has 23 or 25 hours when the clocks change. Weeks begin on Monday. */
export function periodOf(period: LimitPeriod, now: number): Period {
  switch (period) {
    case 'run':
      return { from: now, resetsAt: null }
    case 'day':
      return { from: dayStart(now), resetsAt: dayStart(now, 1) }
    case 'week': {
      const sinceMonday = (new Date(now).getDay() + 6) % 7
      return { from: dayStart(now, -sinceMonday), resetsAt: dayStart(now, 7 - sinceMonday) }
    }
    case 'month': {
      const date = new Date(now)
      const [year, month] = [date.getFullYear(), date.getMonth()]
      return {
        from: new Date(year, month, 1).getTime(),
        resetsAt: new Date(year, month + 1, 1).getTime(),
      }
    }
  }
}
