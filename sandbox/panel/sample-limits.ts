import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { noLimits, type Limit, type LimitSettings } from '../../src/limits/limit.ts'
import type { StoppedRun } from '../../src/limits/stopped-run.ts'
import { addStopped } from '../../src/limits/stopped-run.ts'
import { storeSettings } from '../../src/limits/stored-settings.ts'

const HOUR = 3_600_000

/** What has been spent in each of these periods, micro-USD. */
export type SampleSpending = Readonly<Record<'day' | 'week' | 'month', number>>

/** Limits that are used to 30, 85 and 110 %, one for each run, and what they have stopped. */
export function storeSampleLimits(accountKey: string, spent: SampleSpending, now: number): void {
  const day = limit('day', spent.day / 0.3, 'stop')
  const settings: LimitSettings = {
    limits: [
      day,
      limit('week', spent.week / 0.85, 'warn'),
      limit('month', spent.month / 1.1, 'stop'),
      {
        ...limit('run', usdMicrosFromCredits(50), 'stop'),
        scope: { kind: 'workflow', name: 'Trailer, final cut' },
      },
    ],
    askAboveUsdMicros: usdMicrosFromCredits(100),
    lowBalanceUsdMicros: null,
    runaway: { usdMicros: usdMicrosFromCredits(60), minutes: 5 },
  }
  storeSettings(localStorage, accountKey, settings)
  for (const stopped of sampleStopped(day, now)) addStopped(localStorage, accountKey, stopped)
}

/** Auto-queue is paused at its second run. */
export function storeSampleRunaway(accountKey: string): void {
  const runaway = { usdMicros: usdMicrosFromCredits(10), minutes: 5 }
  storeSettings(localStorage, accountKey, { ...noLimits, runaway })
}

function limit(period: Limit['period'], usdMicros: number, action: Limit['action']): Limit {
  const rounded = Math.round(usdMicros) || usdMicrosFromCredits(100)
  return { id: `sample-${period}`, period, scope: { kind: 'all' }, usdMicros: rounded, action }
}

function sampleStopped(day: Limit, now: number): StoppedRun[] {
  return [
    {
      at: now - 26 * HOUR,
      limit: day,
      costUsdMicros: cost(12.66, 12.66),
      workflow: 'Mountain poster',
      outcome: 'stopped',
      reason: null,
    },
    {
      at: now - 3 * HOUR,
      limit: { ...day, scope: { kind: 'model', model: 'tempo-2' } },
      costUsdMicros: cost(73.85, 147.7),
      workflow: 'Trailer, final cut',
      outcome: 'once-more',
      reason: 'The client wants it today',
    },
    {
      at: now - HOUR,
      limit: day,
      costUsdMicros: cost(12.66, 50.64),
      workflow: null,
      outcome: 'stopped',
      reason: null,
    },
  ]
}

function cost(min: number, max: number): StoppedRun['costUsdMicros'] {
  return { min: usdMicrosFromCredits(min), max: usdMicrosFromCredits(max) }
}
