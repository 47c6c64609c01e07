import 'fake-indexeddb/auto'
import { Dexie } from 'dexie'
import { describe, expect, it, vi } from 'vitest'
import { RUNS_DATABASE } from '../../../src/storage/stored-data.ts'
import type { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import type { StoredEvent } from '../../../src/run-archive/stored-event.ts'
import type { Verdict } from '../../../src/reconciliation/verdict.ts'
import { archiveTests, runOf } from '../support/run-archive.ts'

const tab = archiveTests()
const ANN = 'token:ann'

const event = (id: string): StoredEvent => ({
  event_id: id,
  event_type: 'api_usage_completed',
  createdAt: '2026-11-22T12:00:00.000Z',
  params: { api_name: 'aurora', charge_micro_usd: 60_000 },
})
const explains = (promptId: string, eventIds: readonly string[]): Verdict => ({
  promptId,
  usdMicros: 60_000,
  certainty: 'proved',
  word: 'charged',
  evidence: { match: 'time-and-amount', eventIds, spans: [] },
  calls: [],
  revised: null,
})
const add = (runArchive: DatabaseRunArchive, ids: readonly string[], accountKey = ANN) =>
  runArchive.add(accountKey, { runs: [], readings: [], events: ids.map(event) })

async function idsOf(runArchive: DatabaseRunArchive, accountKey = ANN): Promise<string[]> {
  const ids: string[] = []
  for await (const piece of runArchive.entries(accountKey)) {
    ids.push(...piece.events.map((each) => each.event_id))
  }
  return ids
}

describe('an event of a file', () => {
  it('is stored once, for the account that it was imported for', async () => {
    const runArchive = tab()
    expect(await add(runArchive, ['a', 'b', 'a'])).toEqual({ runs: 0, events: 2 })
    expect(await add(runArchive, ['a', 'c'])).toEqual({ runs: 0, events: 1 })
    expect(await idsOf(runArchive)).toEqual(['a', 'b', 'c'])
    expect(await idsOf(runArchive, 'token:bob')).toEqual([])
  })

  it('that a stored run accounts for is not stored: its charge would be listed twice', async () => {
    const runArchive = tab()
    const verdicts = [explains('p', ['a'])]
    await runArchive.write([{ accountKey: ANN, runs: [runOf('p')], verdicts, readings: [] }])
    expect(await add(runArchive, ['a', 'b'])).toEqual({ runs: 0, events: 1 })
    expect(await idsOf(runArchive)).toEqual(['b'])
    // It is another account's.
    expect(await add(runArchive, ['a'], 'token:bob')).toEqual({ runs: 0, events: 1 })
  })

  it('goes as soon as the verdict of a run accounts for it', async () => {
    const runArchive = tab()
    await add(runArchive, ['a', 'b'])
    const verdicts = [explains('p', ['a'])]
    await runArchive.write([{ accountKey: ANN, runs: [runOf('p')], verdicts, readings: [] }])
    expect(await idsOf(runArchive)).toEqual(['b'])
  })

  it('is reported to those who follow, whichever tab imports it', async () => {
    const listener = vi.fn<(events: readonly StoredEvent[]) => void>()
    const stop = new AbortController()
    tab().followEvents(ANN, listener, () => {}, stop.signal)
    await vi.waitFor(() => expect(listener.mock.lastCall?.[0]).toEqual([]))
    await add(tab(), ['a'])
    await vi.waitFor(() => expect(listener.mock.lastCall?.[0]).toEqual([event('a')]))
    stop.abort()
  })

  it('goes with the oldest where there are too many', async () => {
    const runArchive = tab(() => ({ runs: 9, readings: 9, events: 1, since: -Infinity }))
    const late = { ...event('late'), createdAt: '2026-11-23T12:00:00.000Z' }
    await add(runArchive, ['a', 'b'])
    await runArchive.add(ANN, { runs: [], readings: [], events: [late] })
    await runArchive.trim()
    expect(await idsOf(runArchive)).toEqual(['late'])
  })

  it('meets the runs that the version before stored', async () => {
    const { indexedDB, IDBKeyRange } = window
    const before = new Dexie(RUNS_DATABASE, { indexedDB, IDBKeyRange })
    before.version(2).stores({
      runs: '[place+promptId],[place+startedAt],startedAt',
      readings: '[place+at],at',
      summaries: '[place+startedAt+promptId]',
    })
    await before.open()
    const run = runOf('p')
    const record = { place: ANN, promptId: 'p', startedAt: run.startedAt, run }
    await before.table('runs').put({ ...record, verdict: explains('p', ['a']) })
    before.close()
    const runArchive = tab()
    expect(await add(runArchive, ['a', 'b'])).toEqual({ runs: 0, events: 1 })
    expect(await runArchive.find(ANN, ['p'])).toEqual([{ run, verdict: explains('p', ['a']) }])
  })
})
