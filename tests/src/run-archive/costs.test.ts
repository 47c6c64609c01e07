import { Dexie } from 'dexie'
import fc from 'fast-check'
import { IDBFactory } from 'fake-indexeddb'
import { describe, expect, it, vi } from 'vitest'
import type { Verdict } from '../../../src/reconciliation/verdict.ts'
import { callCosts } from '../../../src/run-archive/call-cost.ts'
import type { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import type { CallCost, JudgedRun } from '../../../src/run-archive/port.ts'
import type { Call, Run } from '../../../src/runs/run.ts'
import { RUNS_DATABASE } from '../../../src/storage/stored-data.ts'
import { newCall, NOON, SECOND } from '../../support/builders/run.ts'
import { archiveTests, runOf } from '../support/run-archive.ts'

const tab = archiveTests()
const ANN = 'token:ann'

const call = (part: Partial<Call> = {}): Call =>
  newCall({ announcedCredits: 12.66, endedAt: NOON + 9 * SECOND, ...part })

function learnt(part: Partial<Run> = {}, verdict: Verdict | null = null): CallCost[] {
  return callCosts({
    run: runOf('p', { settings: { '1': 'image' }, calls: [call()], ...part }),
    verdict,
  })
}

function verdictOf(run: Run, usdMicros: number, certainty: 'proved' | 'at-least'): Verdict {
  return {
    promptId: run.promptId,
    usdMicros,
    certainty,
    word: 'charged',
    evidence: { match: 'job-id', eventIds: [`of-${run.promptId}`], spans: [] },
    calls: run.calls.map(({ nodeId }) => ({ nodeId, usdMicros, certainty, measures: null })),
    revised: null,
  }
}

const proved = (usdMicros: number, certainty: 'proved' | 'at-least' = 'proved') =>
  learnt({}, verdictOf(runOf('p', { calls: [call()] }), usdMicros, certainty))

describe('a run teaches', () => {
  it('what its call was quoted, and how long it took', () => {
    expect(learnt()).toEqual([
      { settings: 'image', at: NOON, promptId: 'p', nodeId: '1', usdMicros: 60_000, ms: 9000 },
    ])
  })

  it('what was charged, where that is confirmed for the call', () => {
    expect(proved(80_000)).toMatchObject([{ usdMicros: 80_000 }])
    expect(proved(80_000, 'at-least')).toMatchObject([{ usdMicros: 60_000 }])
    expect(proved(0)).toMatchObject([{ usdMicros: null }])
  })

  it.each<[string, Partial<Call>]>([
    ['failed', { outcome: 'failed' }],
    ['was cancelled', { outcome: 'cancelled' }],
    ['was lost sight of', { outcome: 'lost' }],
    ['goes on', { outcome: 'running', endedAt: null }],
    ['is of a node whose settings nobody saw', { nodeId: '2' }],
  ])('nothing of a call that %s', (_, part) => {
    expect(learnt({ calls: [call(part)] })).toEqual([])
  })

  it.each<[string, Partial<Call>, number | null]>([
    ['several answers with a price each', { asked: 2, answers: [10, 11.1] }, 50_000],
    ['an answer that said none', { asked: 2, answers: [12.66, null] }, null],
    ['a try again', { asked: 2, answers: [12.66] }, null],
    ['no price', { announcedCredits: null, answers: [] }, null],
  ])('the cost of one call of several only by its answers: %s', (_, part, usdMicros) => {
    expect(learnt({ calls: [call(part)] })).toMatchObject([{ usdMicros, ms: 9000 }])
  })

  it('nothing without settings, as runs of earlier versions are', () => {
    expect(learnt({ settings: undefined })).toEqual([])
  })
})

/** What is reported first. */
function costsIn(
  archive: DatabaseRunArchive,
  settings: readonly string[],
  account = ANN,
): Promise<ReadonlyMap<string, readonly CallCost[]>> {
  const stop = new AbortController()
  return new Promise((resolve, reject) => {
    archive.followCosts(account, settings, resolve, reject, stop.signal)
  }).finally(() => stop.abort()) as Promise<ReadonlyMap<string, readonly CallCost[]>>
}

const figures = (costs: ReadonlyMap<string, readonly CallCost[]>) =>
  [...costs].map(([name, all]) => [
    name,
    all.map(({ promptId, usdMicros }) => [promptId, usdMicros]),
  ])

describe('the index of costs', () => {
  const run = (promptId: string, startedAt: number, credits = 12.66): Run =>
    runOf(promptId, {
      startedAt,
      settings: { '1': 'image' },
      calls: [call({ announcedCredits: credits, answers: [credits] })],
    })
  const write = (archive: DatabaseRunArchive, runs: readonly Run[], verdicts: Verdict[] = []) =>
    archive.write([{ accountKey: ANN, runs, verdicts, readings: [] }])

  it('has the newest first, of one account, and reports what comes in another tab', async () => {
    const archive = tab()
    await write(archive, [run('a', NOON), run('b', NOON + SECOND, 21.1)])
    expect(figures(await costsIn(archive, ['image', 'video']))).toEqual([
      [
        'image',
        [
          ['b', 100_000],
          ['a', 60_000],
        ],
      ],
    ])
    expect(await costsIn(archive, ['image'], 'token:bob')).toEqual(new Map())
    const heard = vi.fn()
    const stop = new AbortController()
    archive.followCosts(ANN, ['image'], heard, heard, stop.signal)
    await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce())
    await write(tab(), [], [verdictOf(run('b', NOON + SECOND), 80_000, 'proved')])
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(2))
    expect(figures(heard.mock.lastCall?.[0])).toEqual([
      [
        'image',
        [
          ['b', 80_000],
          ['a', 60_000],
        ],
      ],
    ])
    stop.abort()
  })

  it('forgets what was trimmed, and comes with an import', async () => {
    const archive = tab(() => ({ runs: 1, readings: 10, events: 10, since: -Infinity }))
    await write(archive, [run('a', NOON), run('b', NOON + SECOND)])
    expect(figures(await costsIn(archive, ['image']))).toEqual([['image', [['b', 60_000]]]])
    const other = tab()
    const entries = {
      runs: [{ run: run('c', NOON - SECOND), verdict: null }],
      readings: [],
      events: [],
    }
    await other.add(ANN, entries)
    expect(figures(await costsIn(other, ['image']))).toEqual([
      [
        'image',
        [
          ['b', 60_000],
          ['c', 60_000],
        ],
      ],
    ])
  })

  it('is added to a database of the version before it, whose runs say nothing', async () => {
    const before = new Dexie(RUNS_DATABASE, { indexedDB: window.indexedDB, IDBKeyRange })
    before.version(4).stores({
      runs: '[place+promptId],[place+startedAt],startedAt,*verdict.evidence.eventIds',
      readings: '[place+at],at',
      summaries: '[place+startedAt+promptId]',
      events: '[place+id],at',
    })
    const { settings: _settings, ...old } = run('old', NOON)
    const record = { place: ANN, promptId: 'old', startedAt: NOON, run: old }
    await before.table('runs').put(record)
    before.close()
    const archive = tab()
    expect((await archive.read(ANN, 'old'))?.run).toEqual(old)
    await write(archive, [run('new', NOON + SECOND)])
    expect(figures(await costsIn(archive, ['image']))).toEqual([['image', [['new', 60_000]]]])
  })

  const arbitraryRun = fc.record({
    id: fc.integer({ min: 0, max: 5 }),
    settings: fc.constantFrom('image', 'video'),
    credits: fc.constantFrom(1, 2, 3),
    charged: fc.option(fc.constantFrom(5000, 10_000), { nil: null }),
  })

  it('says the same in whatever order runs are stored, merged and trimmed', async () => {
    const property = fc.asyncProperty(
      fc.uniqueArray(arbitraryRun, { selector: ({ id }) => id, minLength: 1 }),
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 1, max: 6 }),
      async (specs, chance, most) => {
        const judged = specs.map(({ id, settings, credits, charged }): JudgedRun => {
          const one = { ...run(`p${id}`, NOON + id * SECOND, credits), settings: { '1': settings } }
          return { run: one, verdict: charged === null ? null : verdictOf(one, charged, 'proved') }
        })
        const pieces = judged.flatMap(({ run: one, verdict }) => [
          // Its begin, its end, and the verdict on it.
          {
            runs: [{ ...one, endedAt: null, outcome: 'running', calls: [] } as const],
            verdicts: [],
          },
          { runs: [one], verdicts: [] },
          ...(verdict ? [{ runs: [one], verdicts: [verdict] }] : []),
        ])
        const shuffled = pieces
          .map((piece) => ({ piece, at: chance.next().value }))
          .toSorted((a, b) => a.at - b.at)
        window.indexedDB = new IDBFactory()
        const archive = tab(() => ({ runs: most, readings: 10, events: 10, since: -Infinity }))
        for (const { piece, at } of shuffled) {
          await archive.add(ANN, {
            runs: piece.runs.map((one) => ({ run: one, verdict: piece.verdicts[0] ?? null })),
            readings: [],
            events: [],
          })
          if (at % 5 === 0) await archive.trim()
        }
        await archive.trim()
        const stored = (
          await archive.find(
            ANN,
            judged.map((each) => each.run.promptId),
          )
        )
          .flatMap(callCosts)
          .toSorted((a, b) => b.at - a.at)
        const expected = new Map(
          ['image', 'video'].flatMap((name) => {
            const own = stored.filter(({ settings }) => settings === name)
            return own.length > 0 ? [[name, own] as const] : []
          }),
        )
        expect(await costsIn(archive, ['image', 'video'])).toEqual(expected)
        const newest = judged
          .toSorted((a, b) => b.run.startedAt - a.run.startedAt)
          .slice(0, most)
          .flatMap(callCosts)
        expect(stored).toEqual(newest)
      },
    )
    await fc.assert(property, { numRuns: 25 })
  })
})
