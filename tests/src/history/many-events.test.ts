import { expect, it } from 'vitest'
import { readAccountEvent, type AccountEvent } from '../../../src/account-events/account-event.ts'
import { buildRows } from '../../../src/history/rows.ts'
import { explain } from '../../../src/reconciliation/explain.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'
import { runs as repetitions } from '../support/runs.ts'

const MINUTE = 60 * SECOND

/** Counts how often somebody looks at the part of an object that all the searching is by. */
class Looks {
  count = 0

  at<K extends string, T extends object>(key: K, value: number, of: T): T {
    return Object.defineProperty(of, key, {
      enumerable: true,
      get: () => {
        this.count += 1
        return value
      },
    })
  }
}

/** A minute from one to the next: a top-up, a call that began, and others without a job id. */
function manyEvents(count: number, looks: Looks): AccountEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const at = NOON - index * MINUTE
    const kind = ['credit_added', 'api_usage_started'][index % 20] ?? 'api_usage_completed'
    const event = readAccountEvent({
      event_id: `e${index}`,
      event_type: kind,
      createdAt: new Date(at).toISOString(),
      params: { api_name: 'aurora', amount: 500, charge_micro_usd: 60_000 },
    })
    return looks.at('at', at, event)
  })
}

function looksAt(eventCount: number, runCount: number): number {
  const looks = new Looks()
  const events = manyEvents(eventCount, looks)
  const runs = Array.from({ length: runCount }, (_, index) => {
    const startedAt = NOON - 3 * index * MINUTE
    const times = { startedAt, endedAt: startedAt + 9 * SECOND }
    const calls = [newCall({ announcedCredits: 12.66, ...times })]
    return looks.at('startedAt', startedAt, newRun({ promptId: `p${index}`, calls, ...times }))
  })
  const readings = Array.from({ length: runCount }, (_, index) => ({
    at: NOON - 3 * index * MINUTE + 30 * SECOND,
    usdMicros: 1_000_000,
  }))
  const account = { events, runs, readAt: NOON + MINUTE, hasMore: false }
  const explanation = explain({ ...account, readings, overheard: [], before: new Map() })
  const rows = buildRows({ ...account, explanation })
  expect(rows.filter(({ kind }) => kind === 'run')).toHaveLength(runCount)
  expect(rows.length).toBeGreaterThan(eventCount * 0.8)
  return looks.count
}

it('four times as much is about four times the work', { timeout: 60_000 }, () => {
  const FEW = repetitions(2000, 1000)
  // With each looked at for each other it would be sixteen times.
  expect(looksAt(4 * FEW, FEW * 0.4) / looksAt(FEW, FEW * 0.1)).toBeLessThan(6)
})

const MANY = repetitions(100_000, 10_000)

it(`${MANY} events and three thousand runs are joined`, { timeout: 60_000 }, () => {
  expect(looksAt(MANY, 3000)).toBeLessThan(MANY * 100)
})
