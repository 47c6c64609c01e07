import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AccountEvent } from '../../../src/account-events/account-event.ts'
import type { HistoryRow } from '../../../src/history/row.ts'
import { buildRows } from '../../../src/history/rows.ts'
import { explain } from '../../../src/reconciliation/explain.ts'
import { browserTimeKeeper } from '../../../src/reconciliation/server-clock.ts'
import type { Run } from '../../../src/runs/run.ts'
import { newUsage } from '../../support/builders/account-event.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'
import { runs as repetitions } from '../support/runs.ts'

const PRICE_USD_MICROS = 60_000
const PRICE_CREDITS = 12.66
const HOUR = 3600 * SECOND

interface Story {
  /** How many runs are queued at once, and how long before that nothing happens. */
  readonly batches: readonly { readonly size: number; readonly pauseMs: number }[]
  /** For each run in turn: how late the page sees its begin and its end, and how long it took. */
  readonly late: readonly { readonly begin: number; readonly end: number; readonly took: number }[]
  /** How long after a batch the page reads the balance. */
  readonly readAfterMs: number
  /** How long after a call the account charges it. */
  readonly chargedAfterMs: number
  /** How long after a charge the balance shows it. */
  readonly lagMs: number
  /** What the account says of each call. */
  readonly says: 'price' | 'call' | 'nothing'
  /** Runs of another browser before those. */
  readonly others: number
  readonly clockOffMs: number
  /** How exactly the service's clock is known. */
  readonly knownToMs: number
}

/** Runs of one price, of which the account does not say the ids. */
function playOf(story: Story) {
  const { batches, late, readAfterMs, chargedAfterMs, lagMs } = story
  const { says, others, clockOffMs, knownToMs } = story
  const runs: Run[] = []
  const events: AccountEvent[] = []
  const readings: { at: number; usdMicros: number }[] = []
  let time = NOON
  let seenAt = 0
  const charges: number[] = []
  const charge = (at: number): void => {
    charges.push(at)
    const price = says === 'price' ? { charge_micro_usd: PRICE_USD_MICROS } : {}
    if (says !== 'nothing') events.unshift(newUsage(at, price))
  }
  const read = (): void => {
    const charged = charges.filter((at) => at + lagMs <= time).length
    const usdMicros = 10_000_000 - charged * PRICE_USD_MICROS
    readings.push({ at: time + clockOffMs, usdMicros })
  }
  for (let index = 0; index < others; index += 1) charge((time += 9 * SECOND))
  time += 10 * SECOND
  read()
  for (const { size, pauseMs } of batches) {
    time += pauseMs
    for (let index = 0; index < size; index += 1) {
      const { begin = 0, end = 0, took = 0 } = late[runs.length % late.length] ?? {}
      charge(time + 150 + chargedAfterMs)
      const startedAt = Math.max(seenAt, time + begin)
      time += 300 + took
      seenAt = Math.max(startedAt + 1, time + end)
      const times = { startedAt: startedAt + clockOffMs, endedAt: seenAt + clockOffMs }
      const calls = [newCall({ announcedCredits: PRICE_CREDITS, ...times })]
      runs.unshift(newRun({ promptId: `p${runs.length}`, calls, ...times }))
    }
    time = Math.max(time, seenAt) + readAfterMs
    read()
  }
  time += 6 * SECOND + chargedAfterMs + lagMs
  read()
  const readAt = time + clockOffMs
  const answers = [{ at: NOON, low: -clockOffMs - knownToMs, high: -clockOffMs + knownToMs }]
  const evidence = { runs, readings, readAt, hasMore: false }
  const shown = browserTimeKeeper()({ ...evidence, events, answers, sightings: new Map() })
  const explained = { ...evidence, events: shown, overheard: [], before: new Map() }
  return buildRows({ ...evidence, events: shown, explanation: explain(explained) })
}

function spent(rows: readonly HistoryRow[]): number {
  return rows.reduce((sum, { kind, change }) => {
    if (!['run', 'usage', 'shared'].includes(kind)) return sum
    if (change.basis === 'announced') return sum + PRICE_USD_MICROS
    return change.basis === 'actual' ? sum - change.usdMicros : sum
  }, 0)
}

const anyStory = fc.record({
  batches: fc.array(
    fc.record({
      size: fc.integer({ min: 1, max: 2 }),
      pauseMs: fc.integer({ min: 4 * SECOND, max: 12 * SECOND }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  late: fc.array(
    fc.record({ begin: fc.nat(9 * SECOND), end: fc.nat(9 * SECOND), took: fc.nat(4 * SECOND) }),
    { minLength: 4, maxLength: 4 },
  ),
  readAfterMs: fc.nat(9 * SECOND),
  chargedAfterMs: fc.constant(0),
  lagMs: fc.constant(0),
  says: fc.constant<Story['says']>('price'),
  others: fc.nat(3),
  clockOffMs: fc.constantFrom(0, -9 * SECOND, 48 * HOUR),
  knownToMs: fc.constantFrom(600, 1500, 3000),
})

function expectExact(story: Story): void {
  const rows = playOf(story)
  const runs = story.batches.reduce((sum, { size }) => sum + size, story.others)
  expect(spent(rows)).toBe(runs * PRICE_USD_MICROS)
  expect(rows.filter(({ kind }) => kind === 'unexplained')).toEqual([])
}

it('a page that is up to 9 s late counts no charge twice, and leaves none unexplained', () => {
  fc.assert(fc.property(anyStory, expectExact), { numRuns: repetitions(3000, 100) })
})

it('nor does one whose account charges a call up to 30 s late, whatever it says of it', () => {
  const slowly = fc.record({
    story: anyStory,
    chargedAfterMs: fc.nat(30 * SECOND),
    says: fc.constantFrom<Story['says'][]>('price', 'call', 'nothing'),
  })
  fc.assert(
    fc.property(slowly, ({ story, ...account }) => {
      const late = story.late.map((one) => ({ ...one, begin: 0, end: 0 }))
      expectExact({ ...story, late, others: 0, ...account })
    }),
    { numRuns: repetitions(3000, 100) },
  )
})

it('nor does one whose balance follows its events up to 30 s late', () => {
  const lagging = fc.record({ story: anyStory, lagMs: fc.nat(30 * SECOND) })
  fc.assert(
    fc.property(lagging, ({ story, lagMs }) => {
      const late = story.late.map((one) => ({ ...one, begin: 0, end: 0 }))
      expectExact({ ...story, late, others: 0, lagMs })
    }),
    { numRuns: repetitions(3000, 100) },
  )
})
