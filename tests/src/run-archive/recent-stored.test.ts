import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { IDBFactory } from 'fake-indexeddb'
import { AllSummaries } from '../../../src/run-archive/all-summaries.ts'
import type { Recent } from '../../../src/run-archive/port.ts'
import { summaryOf, type RunSummary } from '../../../src/run-archive/summary.ts'
import { openTables, summaryRecord, type Tables } from '../../../src/run-archive/tables.ts'
import { runOf } from '../support/run-archive.ts'
import { NOON } from '../../support/builders/run.ts'

const ANN = 'token:ann'
const MINUTE = 60_000
const template = summaryOf(runOf('template'), null)

let tables: Tables
let reads = 0
beforeEach(() => {
  window.indexedDB = new IDBFactory()
  tables = openTables()
  reads = 0
  tables.summaries.hook('reading', (record) => {
    reads += 1
    return record
  })
})
afterEach(() => tables.dexie.close())

/** One each minute; the last begins at noon. */
const summary = (index: number, count: number): RunSummary => ({
  ...template,
  promptId: `p${index}`,
  startedAt: NOON - (count - 1 - index) * MINUTE,
})

async function store(count: number): Promise<readonly RunSummary[]> {
  const all = Array.from({ length: count }, (_, index) => summary(index, count))
  // Of older ones the key is enough: nobody reads them.
  const older = all.slice(0, -1000).map(({ startedAt, promptId }) => ({ startedAt, promptId }))
  await tables.summaries.bulkPut(older.map((key) => ({ place: ANN, ...key })))
  await tables.summaries.bulkPut(all.slice(-1000).map((each) => summaryRecord(ANN, each)))
  await tables.summaries.bulkPut(
    all.slice(-5).map((each) => summaryRecord('token:bob', { ...each, workflow: 'of Bob' })),
  )
  return all.toReversed()
}

async function read(recent: Recent | null): Promise<readonly RunSummary[]> {
  const listener = vi.fn<(all: readonly RunSummary[]) => void>()
  const failed = vi.fn()
  const following = new AllSummaries(tables, ANN, listener, failed, recent)
  await vi.waitFor(() => expect(listener).toHaveBeenCalled())
  following.stop()
  expect(failed).not.toHaveBeenCalled()
  return listener.mock.lastCall?.[0] ?? []
}

it('of 100,000 runs no more are read than those of the period', { timeout: 120_000 }, async () => {
  const all = await store(100_000)
  const found = await read({ from: NOON - 199 * MINUTE, count: 0 })
  expect(found).toEqual(all.slice(0, 200))
  expect(reads).toBe(200)
  reads = 0
  expect(await read({ from: NOON - 199 * MINUTE, count: 400 })).toEqual(all.slice(0, 400))
  expect(reads).toBe(400)
})

it('whatever the period, they are the newest of all', async () => {
  const all = await store(30)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -3, max: 33 }),
      fc.integer({ min: 0, max: 40 }),
      async (minutes, count) => {
        const from = NOON - minutes * MINUTE
        const expected = all.filter(({ startedAt }, index) => startedAt >= from || index < count)
        expect(await read({ from, count })).toEqual(expected)
      },
    ),
    { numRuns: 30 },
  )
  expect(await read(null)).toEqual(all)
})
