import { afterEach, describe, expect, it, vi } from 'vitest'
import { deleteStoredData } from '../../../src/storage/stored-data.ts'
import type { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import type { StoredRuns } from '../../../src/run-archive/port.ts'
import type { Run } from '../../../src/runs/run.ts'
import type { Verdict } from '../../../src/reconciliation/verdict.ts'
import { archiveTests, runOf as run } from '../support/run-archive.ts'
import { NOON } from '../../support/builders/run.ts'

const tab = archiveTests()
let stops: AbortController[] = []
afterEach(() => {
  for (const stop of stops) stop.abort()
  stops = []
  vi.restoreAllMocks()
})

/** What a tab sees of an account, now and later. */
function follow(runArchive: DatabaseRunArchive, accountKey: string, limit = 100) {
  const seen = { kept: null as StoredRuns | null, failed: null as unknown }
  const stop = new AbortController()
  stops.push(stop)
  runArchive.follow(
    accountKey,
    limit,
    (kept) => (seen.kept = kept),
    (error) => (seen.failed = error),
    stop.signal,
  )
  return { seen, stop }
}

const ids = (kept: StoredRuns | null): string[] | undefined =>
  kept?.runs.map(({ promptId }) => promptId)

/** As another program writes and reads it. */
async function raw<T>(use: (database: IDBDatabase) => IDBRequest<T>): Promise<T> {
  const database = await settled(window.indexedDB.open('comfyui-credits-runs'))
  try {
    return await settled(use(database))
  } finally {
    database.close()
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}

describe('what is kept', () => {
  it('is there after a reload, newest first, whole', async () => {
    const before = tab()
    const older = run('a')
    const newer = run('b', { startedAt: NOON + 60_000 })
    await before.write([
      {
        accountKey: 'token:ann',
        runs: [older, newer],
        readings: [
          { at: NOON - 1, usdMicros: 10_000_000 },
          { at: NOON + 20_000, usdMicros: 9_940_000 },
        ],
      },
    ])
    before.close()
    const { seen } = follow(tab(), 'token:ann')
    await vi.waitFor(() => expect(seen.kept).not.toBeNull())
    expect(seen.kept).toEqual({
      runs: [newer, older],
      verdicts: new Map(),
      readings: [
        { at: NOON - 1, usdMicros: 10_000_000 },
        { at: NOON + 20_000, usdMicros: 9_940_000 },
      ],
      more: false,
    })
  })

  it('is what was said of a run too, which no later word of the run forgets, and no weaker one', async () => {
    const runArchive = tab()
    const proved: Verdict = {
      promptId: 'a',
      usdMicros: 60_000,
      certainty: 'proved',
      word: 'charged',
      evidence: { match: 'job-id', eventIds: ['e1'], spans: [] },
      calls: [{ nodeId: '3:1', usdMicros: 60_000, certainty: 'proved', measures: null }],
      revised: null,
    }
    const weaker = { ...proved, usdMicros: 0, evidence: { match: null, eventIds: [], spans: [] } }
    const write = (verdicts: readonly Verdict[], runs: readonly Run[] = []) =>
      runArchive.write([{ accountKey: 'token:ann', runs, verdicts, readings: [] }])
    await write([proved], [run('a')])
    await write([{ ...weaker, certainty: 'announced', word: 'open' }], [run('a')])
    await write([{ ...proved, promptId: 'of no run' }])
    const { seen } = follow(tab(), 'token:ann')
    await vi.waitFor(() => expect(seen.kept?.verdicts).toEqual(new Map([['a', proved]])))
    expect(ids(seen.kept)).toEqual(['a'])
  })

  it('is never another account’s, whose name may begin the same', async () => {
    const runArchive = tab()
    const reading = { at: NOON, usdMicros: 1 }
    await runArchive.write(
      ['token:ann', 'token:ann:team', 'token:an', 'token:ann2'].map((accountKey) => ({
        accountKey,
        runs: [run(`of ${accountKey}`)],
        readings: [reading],
      })),
    )
    const { seen } = follow(tab(), 'token:ann')
    await vi.waitFor(() => expect(ids(seen.kept)).toEqual(['of token:ann']))
    expect(seen.kept?.readings).toEqual([reading])
  })

  it('is reported to every tab as it changes, until it stops following', async () => {
    const [one, other] = [tab(), tab()]
    const { seen, stop } = follow(other, 'token:ann')
    await vi.waitFor(() => expect(ids(seen.kept)).toEqual([]))
    await one.write([{ accountKey: 'token:ann', runs: [run('a')], readings: [] }])
    await vi.waitFor(() => expect(ids(seen.kept)).toEqual(['a']))
    stop.abort()
    await one.write([{ accountKey: 'token:ann', runs: [run('b')], readings: [] }])
    const { seen: later } = follow(other, 'token:ann')
    await vi.waitFor(() => expect(later.kept?.runs).toHaveLength(2))
    expect(ids(seen.kept)).toEqual(['a'])
  })

  it('comes in portions, and says that there is more', async () => {
    const runArchive = tab()
    const runs = Array.from({ length: 5 }, (_, index) =>
      run(`r${index}`, { startedAt: NOON + index }),
    )
    await runArchive.write([{ accountKey: 'token:ann', runs, readings: [] }])
    const { seen } = follow(runArchive, 'token:ann', 2)
    await vi.waitFor(() => expect(ids(seen.kept)).toEqual(['r4', 'r3']))
    expect(seen.kept?.more).toBe(true)
  })

  it('joins what a page saw of a run before its reload and after it', async () => {
    const runArchive = tab()
    const [call] = run('a').calls
    if (!call) throw new Error('No call')
    const begun = { ...call, outcome: 'running' as const, endedAt: null }
    await runArchive.write([
      {
        accountKey: 'token:ann',
        runs: [run('a', { outcome: 'running', endedAt: null, calls: [begun], number: 7 })],
        readings: [],
      },
    ])
    const second = { ...call, nodeId: '9', announcedCredits: 4 }
    await runArchive.write([
      {
        accountKey: 'token:ann',
        runs: [run('a', { workflow: null, startedAt: NOON + 5000, calls: [second] })],
        readings: [],
      },
    ])
    const { seen } = follow(runArchive, 'token:ann')
    await vi.waitFor(() => expect(seen.kept?.runs).toHaveLength(1))
    const [joined] = seen.kept?.runs ?? []
    expect(joined).toMatchObject({
      number: 7,
      workflow: 'portrait',
      startedAt: NOON,
      outcome: 'succeeded',
      announcedCredits: 16.66,
    })
    expect(joined?.calls.map(({ nodeId, outcome }) => [nodeId, outcome])).toEqual([
      ['3:1', 'succeeded'],
      ['9', 'succeeded'],
    ])
  })

  it('is the first and the last of balances that are the same', async () => {
    const runArchive = tab()
    const readings = [5, 5, 5, 5, 3, 5].map((usdMicros, index) => ({ at: NOON + index, usdMicros }))
    for (const reading of readings) {
      await runArchive.write([{ accountKey: 'token:ann', runs: [], readings: [reading] }])
    }
    const { seen } = follow(runArchive, 'token:ann')
    await vi.waitFor(() => expect(seen.kept).not.toBeNull())
    expect(seen.kept?.readings).toEqual([0, 3, 4, 5].map((index) => readings[index]))
  })

  it('is the newest runs when there are too many', async () => {
    const runArchive = tab(() => ({ runs: 3, readings: 2, events: 9, since: -Infinity }))
    const runs = Array.from({ length: 5 }, (_, index) =>
      run(`r${index}`, { startedAt: NOON + index }),
    )
    const readings = runs.map((_, index) => ({ at: NOON + index, usdMicros: index }))
    await runArchive.write([{ accountKey: 'token:ann', runs, readings }])
    const { seen } = follow(runArchive, 'token:ann')
    await vi.waitFor(() => expect(ids(seen.kept)).toEqual(['r4', 'r3', 'r2']))
    expect(seen.kept?.readings.map(({ usdMicros }) => usdMicros)).toEqual([3, 4])
  })

  it('is what it should be: a record that is not one is left out', async () => {
    const runArchive = tab()
    await runArchive.write([{ accountKey: 'token:ann', runs: [run('good')], readings: [] }])
    const bad = [
      { place: 'token:ann', promptId: 'x', startedAt: NOON, run: { promptId: 'x' } },
      { place: 'token:ann', promptId: 'y', startedAt: NOON, run: 'x'.repeat(100_000) },
      { place: 'token:ann', promptId: 'z', startedAt: NOON, run: run('z', { batch: -1 }) },
    ]
    for (const record of bad) {
      await raw((database) =>
        database.transaction('runs', 'readwrite').objectStore('runs').put(record),
      )
    }
    const { seen } = follow(runArchive, 'token:ann')
    await vi.waitFor(() => expect(ids(seen.kept)).toEqual(['good']))
  })

  it('is no verdict that is sure of no figure', async () => {
    const runArchive = tab()
    const sure: Verdict = {
      promptId: 'good',
      usdMicros: null,
      certainty: 'proved',
      word: 'charged',
      evidence: { match: 'job-id', eventIds: [], spans: [] },
      calls: [],
      revised: null,
    }
    const unknown: Verdict = { ...sure, promptId: 'unknown', certainty: 'unknown', word: 'open' }
    await runArchive.write([
      {
        accountKey: 'token:ann',
        runs: [run('good'), run('unknown')],
        verdicts: [sure, unknown],
        readings: [],
      },
    ])
    const { seen } = follow(runArchive, 'token:ann')
    await vi.waitFor(() => expect(ids(seen.kept)).toHaveLength(2))
    expect([...(seen.kept?.verdicts.keys() ?? [])]).toEqual(['unknown'])
  })

  it('has names cut that are books', async () => {
    const runArchive = tab()
    await runArchive.write([
      {
        accountKey: 'token:ann',
        runs: [run('a', { workflow: 'w'.repeat(1_000_000) })],
        readings: [],
      },
    ])
    const { seen } = follow(runArchive, 'token:ann')
    await vi.waitFor(() => expect(seen.kept?.runs[0]?.workflow).toHaveLength(300))
  })
})

describe('deleting', () => {
  it('takes it from every open tab, and what comes after it is kept again', async () => {
    const [one, other] = [tab(), tab()]
    const { seen } = follow(other, 'token:ann')
    await one.write([{ accountKey: 'token:ann', runs: [run('a')], readings: [] }])
    await vi.waitFor(() => expect(ids(seen.kept)).toEqual(['a']))
    await deleteStoredData()
    expect(await window.indexedDB.databases()).toEqual([])
    expect(ids(seen.kept)).toEqual([])
    await other.write([{ accountKey: 'token:ann', runs: [run('b')], readings: [] }])
    await vi.waitFor(() => expect(ids(seen.kept)).toEqual(['b']))
  })
})

describe('a browser that keeps nothing', () => {
  it('is reported to those who follow and those who write', async () => {
    Reflect.deleteProperty(window, 'indexedDB')
    const runArchive = tab()
    const { seen } = follow(runArchive, 'token:ann')
    await vi.waitFor(() => expect(seen.failed).not.toBeNull())
    await expect(
      runArchive.write([{ accountKey: 'token:ann', runs: [run('a')], readings: [] }]),
    ).rejects.toMatchObject({ name: 'DatabaseClosedError' })
  })
})

describe('a browser whose storage throws', () => {
  it.each([
    ['is forbidden where it is read', () => vi.spyOn(window, 'indexedDB', 'get')],
    ['cannot be opened', () => vi.spyOn(window.indexedDB, 'open')],
  ])('is reported, and never thrown at who asks: it %s', async (_what, spy) => {
    spy().mockImplementation(() => {
      throw new DOMException('no', 'SecurityError')
    })
    const runArchive = tab()
    const failed = vi.fn<(error: unknown) => void>()
    const { signal } = new AbortController()
    runArchive.follow('token:ann', 9, () => {}, failed, signal)
    runArchive.followAll('token:ann', () => {}, failed, signal)
    runArchive.followReadings('token:ann', NOON, () => {}, failed, signal)
    runArchive.followEvents('token:ann', () => {}, failed, signal)
    await vi.waitFor(() => expect(failed).toHaveBeenCalled())
    await expect(runArchive.size('token:ann')).rejects.toBeInstanceOf(Error)
    await expect(runArchive.newest('token:ann', 9)).rejects.toBeInstanceOf(Error)
    await expect(
      runArchive.surplus({ runs: 1, readings: 1, events: 1, since: 0 }),
    ).rejects.toBeInstanceOf(Error)
  })
})

describe('a database of a newer version', () => {
  it('is not read, and not changed either', async () => {
    const opening = window.indexedDB.open('comfyui-credits-runs', 990)
    opening.addEventListener('upgradeneeded', () => {
      opening.result.createObjectStore('things', { keyPath: 'id' })
    })
    ;(await settled(opening)).close()
    const { seen } = follow(tab(), 'token:ann')
    await vi.waitFor(() => expect(seen.failed).toMatchObject({ inner: { name: 'VersionError' } }))
    const database = await settled(window.indexedDB.open('comfyui-credits-runs'))
    expect([database.version, ...database.objectStoreNames]).toEqual([990, 'things'])
    database.close()
  })
})

describe('a record that is none', () => {
  it('hides no other from who counts, lists or saves them all', async () => {
    const runArchive = tab()
    const runs = Array.from({ length: 700 }, (_, index) =>
      run(`r${index}`, { startedAt: NOON + index }),
    )
    await runArchive.write([{ accountKey: 'token:ann', runs, readings: [] }])
    // The last of a piece that is read at once, and the first of all.
    for (const [startedAt, promptId] of [
      [NOON + 297, ['no', 'text']],
      [-1e300, 'x'],
    ] as const) {
      await raw((database) =>
        database
          .transaction('summaries', 'readwrite')
          .objectStore('summaries')
          .put({ place: 'token:ann', startedAt, promptId }),
      )
    }
    const all = vi.fn<(summaries: readonly unknown[]) => void>()
    const stop = new AbortController()
    stops.push(stop)
    runArchive.followAll('token:ann', all, () => {}, stop.signal)
    await vi.waitFor(() => expect(all.mock.lastCall?.[0]).toHaveLength(700))
    expect(await runArchive.size('token:ann')).toMatchObject({ since: NOON })
    const saved: Run[] = []
    for await (const piece of runArchive.entries('token:ann')) {
      saved.push(...piece.runs.map((judged) => judged.run))
    }
    expect(saved).toHaveLength(700)
  })

  it('without a time does not keep the others from being deleted when they are too many', async () => {
    const runArchive = tab(() => ({ runs: 1, readings: 1, events: 1, since: -Infinity }))
    // Makes the database.
    await runArchive.size('token:ann')
    await raw((database) => {
      const store = database.transaction('runs', 'readwrite').objectStore('runs')
      for (let index = 0; index < 600; index += 1) {
        store.put({ place: 'token:ann', promptId: `x${index}` })
      }
      return store.count()
    })
    await runArchive.trim()
    expect(await raw((database) => database.transaction('runs').objectStore('runs').count())).toBe(
      600,
    )
  })
})
