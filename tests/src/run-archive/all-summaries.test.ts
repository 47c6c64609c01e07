import { Dexie } from 'dexie'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { deleteStoredData, RUNS_DATABASE } from '../../../src/storage/stored-data.ts'
import type { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import type { JudgedRun } from '../../../src/run-archive/port.ts'
import { summaryOf, type RunSummary } from '../../../src/run-archive/summary.ts'
import { archiveTests, runOf } from '../support/run-archive.ts'
import { runs as times } from '../support/runs.ts'
import { manyRuns } from '../../support/builders/many-runs.ts'
import { NOON } from '../../support/builders/run.ts'

const tab = archiveTests()
const ANN = 'token:ann'
const stops = new Set<AbortController>()
afterEach(() => {
  for (const stop of stops) stop.abort()
  stops.clear()
})

function followAll(runArchive: DatabaseRunArchive, accountKey = ANN) {
  const seen = { all: null as readonly RunSummary[] | null, tellings: 0, failed: null as unknown }
  const stop = new AbortController()
  stops.add(stop)
  runArchive.followAll(
    accountKey,
    (all) => {
      seen.all = all
      seen.tellings += 1
    },
    (error) => (seen.failed = error),
    stop.signal,
  )
  return { seen, stop }
}

const idsOf = (all: readonly RunSummary[] | null) => all?.map(({ promptId }) => promptId)
const summaries = (judged: readonly JudgedRun[]) =>
  judged.map(({ run, verdict }) => summaryOf(run, verdict))

async function write(
  runArchive: DatabaseRunArchive,
  judged: readonly JudgedRun[],
  accountKey = ANN,
) {
  const verdicts = judged.flatMap(({ verdict }) => verdict ?? [])
  await runArchive.write([
    { accountKey, runs: judged.map(({ run }) => run), verdicts, readings: [] },
  ])
}

/** Keys of all runs and of all summaries, in one form. */
async function stores(): Promise<{ runs: unknown[]; summaries: unknown[] }> {
  const { indexedDB, IDBKeyRange } = window
  const database = await new Dexie(RUNS_DATABASE, { indexedDB, IDBKeyRange }).open()
  try {
    const all = async (store: string): Promise<unknown[]> => {
      const records: { place: string; promptId: string; startedAt: number }[] = await database
        .table(store)
        .toArray()
      return records
        .map(({ place, promptId, startedAt }) => `${place} ${promptId} ${startedAt}`)
        .toSorted()
    }
    return { runs: await all('runs'), summaries: await all('summaries') }
  } finally {
    database.close()
  }
}

async function expectInStep(): Promise<void> {
  const kept = await stores()
  expect(kept.summaries).toEqual(kept.runs)
}

describe('a database of the first version', () => {
  async function fill(records: readonly object[]): Promise<void> {
    const { indexedDB, IDBKeyRange } = window
    const first = new Dexie(RUNS_DATABASE, { indexedDB, IDBKeyRange })
    first.version(1).stores({
      runs: '[place+promptId],[place+startedAt],startedAt',
      readings: '[place+at],at',
    })
    await first.table('runs').bulkPut(records)
    await first.table('readings').bulkPut([{ place: ANN, at: NOON, usdMicros: 5 }])
    first.close()
  }
  const recordOf = ({ run, verdict }: JudgedRun, accountKey = ANN) => {
    const { promptId, startedAt } = run
    return { place: accountKey, promptId, startedAt, run, ...(verdict && { verdict }) }
  }

  it('has a summary of each run after it was opened, and all that it had', async () => {
    // They are read 300 at a time.
    const COUNT = times(1234, 634)
    const judged = [...manyRuns(COUNT, { callsEach: 1 })]
    const others = [...manyRuns(10, { seed: 2 })]
    await fill([
      ...judged.map((one) => recordOf(one)),
      ...others.map((one) => recordOf(one, 'bob')),
    ])
    const runArchive = tab()
    const { seen } = followAll(runArchive)
    await vi.waitFor(() => expect(seen.all).toEqual(summaries(judged)), 15_000)
    const { seen: bobs } = followAll(runArchive, 'bob')
    await vi.waitFor(() => expect(bobs.all).toEqual(summaries(others)))
    const [one] = judged
    if (!one) throw new Error('No run')
    expect(await runArchive.read(ANN, one.run.promptId)).toEqual(one)
    expect((await runArchive.size(ANN)).runs).toBe(COUNT)
    await expectInStep()
  })

  it('leaves out of the summaries what is no run', async () => {
    const [good, ...others] = [...manyRuns(3)]
    if (!good) throw new Error('No run')
    const bad = others.map((one, index) => ({ ...recordOf(one), run: index ? 'a run' : {} }))
    await fill([recordOf(good), ...bad])
    const { seen } = followAll(tab())
    await vi.waitFor(() => expect(seen.all).toEqual(summaries([good])))
  })

  it('is let go by a tab that has it open, and upgraded', async () => {
    const { indexedDB, IDBKeyRange } = window
    const [one] = manyRuns(1)
    if (!one) throw new Error('No run')
    await fill([recordOf(one)])
    const open = new Dexie(RUNS_DATABASE, { indexedDB, IDBKeyRange })
    open.on('versionchange', () => {
      open.close()
      return false
    })
    await open.open()
    const { seen } = followAll(tab())
    await vi.waitFor(() => expect(seen.all).toEqual(summaries([one])))
  })
})

describe('the summaries of all runs', () => {
  it('are reported when all are read, and follow what any tab writes', async () => {
    const [one, other] = [tab(), tab()]
    const judged = [...manyRuns(700, { callsEach: 1 })]
    await write(one, judged.slice(2))
    const { seen } = followAll(other)
    await vi.waitFor(() => expect(seen.all).toEqual(summaries(judged.slice(2))))
    expect(seen.tellings).toBe(1)
    await write(one, judged.slice(0, 2))
    await vi.waitFor(() => expect(seen.all).toEqual(summaries(judged)))
    await write(other, [{ ...judgedRun('late'), verdict: null }])
    await vi.waitFor(() => expect(seen.all?.[0]?.promptId).toBe('late'))
  })

  function judgedRun(promptId: string, change: Parameters<typeof runOf>[1] = {}): JudgedRun {
    return { run: runOf(promptId, { startedAt: NOON + 1000, ...change }), verdict: null }
  }

  it('have a run once that began earlier than was known', async () => {
    const runArchive = tab()
    const { seen } = followAll(runArchive)
    await write(runArchive, [judgedRun('a'), judgedRun('b', { startedAt: NOON + 500 })])
    await vi.waitFor(() => expect(idsOf(seen.all)).toEqual(['a', 'b']))
    await write(runArchive, [judgedRun('a', { startedAt: NOON })])
    await vi.waitFor(() => expect(idsOf(seen.all)).toEqual(['b', 'a']))
    await expectInStep()
  })

  it('are reported seldom for many writes', async () => {
    const runArchive = tab()
    const { seen } = followAll(runArchive)
    await vi.waitFor(() => expect(seen.all).toEqual([]))
    for (let index = 0; index < 40; index += 1) await write(runArchive, [judgedRun(`r${index}`)])
    await vi.waitFor(() => expect(seen.all).toHaveLength(40))
    expect(seen.tellings).toBeLessThan(10)
  })

  it('are of one billingAccount only', async () => {
    const runArchive = tab()
    await write(runArchive, [judgedRun('of ann')])
    await write(runArchive, [judgedRun('of ann2')], 'token:ann2')
    await write(runArchive, [judgedRun('of a team')], 'token:ann:team')
    const { seen } = followAll(runArchive)
    await vi.waitFor(() => expect(idsOf(seen.all)).toEqual(['of ann']))
    await write(runArchive, [judgedRun('also of ann2')], 'token:ann2')
    await write(runArchive, [judgedRun('also of ann')])
    await vi.waitFor(() => expect(seen.all).toHaveLength(2))
    expect(idsOf(seen.all)).not.toContain('also of ann2')
  })

  it('share names that are the same', async () => {
    const runArchive = tab()
    await write(runArchive, [judgedRun('a'), judgedRun('b')])
    const { seen } = followAll(runArchive)
    await vi.waitFor(() => expect(seen.all).toHaveLength(2))
    const [a, b] = seen.all ?? []
    expect(a?.nodes).toEqual(['Sample Image'])
    expect(a?.nodes).toBe(b?.nodes)
  })

  it('are gone when the data is deleted, in every tab, and new ones come after it', async () => {
    const [one, other] = [tab(), tab()]
    await write(one, [judgedRun('a')])
    const { seen } = followAll(other)
    await vi.waitFor(() => expect(idsOf(seen.all)).toEqual(['a']))
    await deleteStoredData()
    expect(seen.all).toEqual([])
    await write(other, [judgedRun('b')])
    await vi.waitFor(() => expect(idsOf(seen.all)).toEqual(['b']))
  })

  it('go with the runs that are too many or too old', async () => {
    const MOST = times(1000, 400)
    let limits = { runs: MOST, readings: 2000, events: 9, since: -Infinity }
    const runArchive = tab(() => limits)
    const judged = [...manyRuns(MOST + 200, { callsEach: 1 })]
    const { seen } = followAll(runArchive)
    await write(runArchive, judged)
    await vi.waitFor(() => expect(seen.all).toEqual(summaries(judged.slice(0, MOST))))
    await expectInStep()
    limits = { ...limits, since: judged[99]?.run.startedAt ?? 0 }
    expect(await runArchive.surplus(limits)).toBe(MOST - 100)
    await runArchive.trim()
    await vi.waitFor(() => expect(seen.all).toEqual(summaries(judged.slice(0, 100))))
    await expectInStep()
  })

  it('are trimmed once by two tabs at the same time', async () => {
    const limits = { runs: 350, readings: 10, events: 9, since: -Infinity }
    await write(tab(), [...manyRuns(times(1500, 700), { callsEach: 1 })])
    await Promise.all([tab(() => limits).trim(), tab(() => limits).trim()])
    expect((await tab().size(ANN)).runs).toBe(350)
    await expectInStep()
  })

  it('leave out a record that is none', async () => {
    const runArchive = tab()
    await write(runArchive, [judgedRun('a')])
    const { indexedDB, IDBKeyRange } = window
    const raw = await new Dexie(RUNS_DATABASE, { indexedDB, IDBKeyRange }).open()
    await raw.table('summaries').put({ place: ANN, startedAt: NOON, promptId: 'x', nodes: 7 })
    raw.close()
    const { seen } = followAll(runArchive)
    await vi.waitFor(() => expect(idsOf(seen.all)).toEqual(['a']))
  })

  it('fail where the browser keeps nothing', async () => {
    Reflect.deleteProperty(window, 'indexedDB')
    const { seen } = followAll(tab())
    await vi.waitFor(() => expect(seen.failed).toMatchObject({ name: 'DatabaseClosedError' }))
  })
})

describe('two tabs that write the same runs at once', () => {
  it('lose nothing of what each wrote', async () => {
    const [one, other] = [tab(), tab()]
    const judged = [...manyRuns(60)]
    const half = (keep: 0 | 1) =>
      judged.map(({ run, verdict }) => ({
        run: { ...run, calls: run.calls.filter((_, index) => index % 2 === keep) },
        verdict: keep === 0 ? verdict : null,
      }))
    await Promise.all([write(one, half(0)), write(other, half(1))])
    for (const { run, verdict } of judged) {
      const kept = await tab().read(ANN, run.promptId)
      const nodes = kept?.run.calls.map(({ nodeId }) => nodeId).toSorted()
      expect(nodes).toEqual(run.calls.map(({ nodeId }) => nodeId).toSorted())
      expect(kept?.verdict).toEqual(verdict)
    }
    await expectInStep()
  })

  it('have all of a batch or none of it, and what was written before that', async () => {
    const [one, other] = [tab(), tab()]
    const judged = [...manyRuns(150, { callsEach: 1 })]
    const runs = judged.slice(50).map(({ run }) => run)
    const noTime = { at: Number.NaN, usdMicros: 1 }
    const first = write(one, judged.slice(0, 100))
    const cutShort = other.write([{ accountKey: ANN, runs, readings: [noTime] }])
    await expect(cutShort).rejects.toMatchObject({ name: 'DataError' })
    await first
    one.close()
    const { seen } = followAll(tab())
    await vi.waitFor(() => expect(seen.all).toEqual(summaries(judged.slice(0, 100))))
    await expectInStep()
  })
})
