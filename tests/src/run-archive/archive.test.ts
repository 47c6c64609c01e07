import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { withCalls } from '../../../src/runs/call.ts'
import { mergeOfFile } from '../../../src/run-archive/merge.ts'
import { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import type { Reading } from '../../../src/reconciliation/balance-reading.ts'
import type { Entries, JudgedRun } from '../../../src/run-archive/port.ts'
import type { StoredEvent } from '../../../src/run-archive/stored-event.ts'
import {
  importFile,
  type Imported,
  type ImportOptions,
} from '../../../src/run-archive/read-file.ts'
import { fileParts } from '../../../src/run-archive/write-file.ts'
import type { Run } from '../../../src/runs/run.ts'
import type { Cost, Verdict } from '../../../src/reconciliation/verdict.ts'
import { archiveTests, runOf } from '../support/run-archive.ts'
import { manyRuns } from '../../support/builders/many-runs.ts'
import { NOON } from '../../support/builders/run.ts'

const tab = archiveTests()
const ANN = 'token:user-id-of-ann'

async function contentOf(runArchive: DatabaseRunArchive, accountKey = ANN): Promise<Entries> {
  const runs: JudgedRun[] = []
  const readings: Reading[] = []
  const events: StoredEvent[] = []
  for await (const piece of runArchive.entries(accountKey)) {
    runs.push(...piece.runs)
    readings.push(...piece.readings)
    events.push(...piece.events)
  }
  return { runs, readings, events }
}

async function fill(
  runArchive: DatabaseRunArchive,
  judged: readonly JudgedRun[],
  accountKey = ANN,
) {
  const runs = judged.map(({ run }) => ({ ...run, purse: accountKey }))
  const verdicts = judged.flatMap(({ verdict }) => verdict ?? [])
  const readings = [5, 4, 4, 3].map((usdMicros, index) => ({ at: NOON + index, usdMicros }))
  await runArchive.write([{ accountKey, runs, verdicts, readings }])
}

async function exported(
  runArchive: DatabaseRunArchive,
  signal = new AbortController().signal,
): Promise<Blob> {
  const onProgress = (): void => {}
  return new Blob(await fileParts(ANN, runArchive.entries(ANN), { at: NOON, signal, onProgress }))
}

function imported(
  runArchive: DatabaseRunArchive,
  file: Blob | string,
  change: Partial<ImportOptions> = {},
  accountKey = ANN,
) {
  const usual = { anyAccount: false, signal: new AbortController().signal, onProgress: () => {} }
  return importFile(new Blob([file]), accountKey, runArchive, { ...usual, ...change })
}

/** What an import says of which nothing is to say. */
const nothing: Imported = {
  runs: 0,
  added: 0,
  events: 0,
  addedEvents: 0,
  damaged: 0,
  calls: 0,
  shortened: 0,
  derived: 0,
  whole: false,
}

/** Another browser, whose database is its own. */
function elsewhere(): DatabaseRunArchive {
  window.indexedDB = new (window.indexedDB.constructor as typeof IDBFactory)()
  return tab()
}

const judged: readonly JudgedRun[] = [...manyRuns(450)]
let file: Blob
let content: Entries
/** It is the same in each test, and takes long to make. */
beforeAll(async () => {
  const runArchive = new DatabaseRunArchive()
  await fill(runArchive, judged)
  file = await exported(runArchive)
  content = await contentOf(runArchive)
  runArchive.close()
})

describe('a file of all that is kept', () => {
  it('is JSON with an entry in each line, and names no account', async () => {
    const text = await file.text()
    expect(JSON.parse(text)).toMatchObject({
      format: 'comfyui-credits-runs',
      version: 1,
      entries: expect.arrayContaining([{ reading: { at: NOON, usdMicros: 5 } }]),
    })
    expect(text.trim().split('\n')).toHaveLength(judged.length + 4 + 2)
    expect(text).not.toContain('user-id-of-ann')
  })

  it('carries why the account refused a run, and of what is no reason nothing', async () => {
    const denial = { reason: 'user_cap_exceeded', owners: ['Olga'] }
    const refused = {
      ...runOf('refused', { startedAt: NOON }),
      reason: 'payment-required',
      denial,
    } as const
    const odd = { ...runOf('odd', { startedAt: NOON + 1 }), denial: { reason: 7, owners: 'Olga' } }
    const runArchive = tab()
    await fill(runArchive, [{ run: refused, verdict: null }])
    const text = await (await exported(runArchive)).text()
    const oddLine = `${JSON.stringify({ run: odd, verdict: null })},`
    const second = elsewhere()
    await imported(second, text.replace('{"run"', `${oddLine}\n{"run"`))
    const { runs } = await contentOf(second)
    expect(runs.map(({ run }) => [run.promptId, run.denial])).toEqual([
      ['refused', denial],
      ['odd', undefined],
    ])
  })

  it('carries whose runs they are, as the account named them', async () => {
    const who = { members: ['Ann'], apiKeys: ['CI'] }
    const first = judged.find(({ verdict }) => verdict !== null)
    if (!first?.verdict) throw new Error('No run has a verdict')
    const runArchive = tab()
    await fill(runArchive, [{ run: first.run, verdict: { ...first.verdict, who } }])
    const ofMembers = await exported(runArchive)
    const second = elsewhere()
    await imported(second, ofMembers)
    expect((await contentOf(second)).runs.map(({ verdict }) => verdict?.who)).toEqual([who])
  })

  it('reports how far it is, and ends early where it is stopped', async () => {
    const stop = new AbortController()
    const reported: number[] = []
    const runArchive = tab()
    await fill(runArchive, judged)
    const parts = await fileParts(ANN, runArchive.entries(ANN), {
      at: NOON,
      signal: stop.signal,
      onProgress: (runs) => {
        reported.push(runs)
        stop.abort()
      },
    })
    expect(reported).toEqual([300])
    const text = await new Blob(parts).text()
    expect(text.trim().split('\n')).toHaveLength(301)
  })

  it('gives another browser of the same person all of it, and the second time nothing', async () => {
    const other = elsewhere()
    const reported: number[] = []
    const outcome = await imported(other, file, { onProgress: (share) => reported.push(share) })
    expect(outcome).toEqual({ ...nothing, runs: 450, added: 450, whole: true })
    expect(await contentOf(other)).toEqual(content)
    expect(reported.at(-1)).toBe(1)
    expect(await imported(other, file)).toMatchObject({ runs: 450, added: 0 })
    expect(await contentOf(other)).toEqual(content)
  })

  it('is read by a tool’s lines too, where it was laid out differently', async () => {
    const pretty = JSON.stringify(JSON.parse(await file.text()), null, 2)
    const flat = JSON.stringify(JSON.parse(await file.text()))
    for (const text of [pretty, flat, (await file.text()).replaceAll('\n', '\r\n')]) {
      const other = elsewhere()
      expect(await imported(other, text)).toMatchObject({ added: 450, damaged: 0, whole: true })
      expect(await contentOf(other)).toEqual(content)
    }
  })

  it('is of other credits for another account, and taken where that is wanted', async () => {
    const other = elsewhere()
    expect(await imported(other, file, {}, 'token:bob')).toBe('other-account')
    expect(await contentOf(other, 'token:bob')).toEqual({ runs: [], readings: [], events: [] })
    expect(await imported(other, file, { anyAccount: true }, 'token:bob')).toMatchObject({
      added: 450,
    })
    const { runs } = await contentOf(other, 'token:bob')
    expect(new Set(runs.map(({ run }) => run.purse))).toEqual(new Set(['token:bob']))
  })

  it('of an earlier day takes nothing from what was learnt since', async () => {
    const runArchive = tab()
    await fill(runArchive, judged)
    const later = judged.map(({ run, verdict }) => ({ run: { ...run, number: 7 }, verdict }))
    await fill(runArchive, later)
    await runArchive.write([{ accountKey: ANN, runs: [runOf('new')], readings: [] }])
    const before = await contentOf(runArchive)
    expect(await imported(runArchive, file)).toMatchObject({ runs: 450, added: 0 })
    expect(await contentOf(runArchive)).toEqual(before)
  })

  it('that is damaged gives what can be read, and says how much cannot', async () => {
    const lines = (await file.text()).split('\n')
    lines[3] = '{"run": 7},'
    lines[4] = '\u0000\u0001'
    lines[5] = 'null,'
    const other = elsewhere()
    expect(await imported(other, lines.join('\n'))).toEqual({
      ...nothing,
      runs: 447,
      added: 447,
      damaged: 3,
      whole: true,
    })
  })

  it('that was cut off gives what is there, and says so', async () => {
    const text = await file.text()
    const other = elsewhere()
    const outcome = await imported(other, text.slice(0, text.length / 2))
    expect(outcome).toMatchObject({ damaged: 1, whole: false })
    expect((await contentOf(other)).runs.length).toBeGreaterThan(200)
  })

  it('stops to be read where that is wanted; what was added stays', async () => {
    const other = elsewhere()
    const stop = new AbortController()
    const archive: Pick<DatabaseRunArchive, 'add'> = {
      add: (accountKey, entries) => {
        stop.abort()
        return other.add(accountKey, entries)
      },
    }
    const { signal } = stop
    const outcome = await importFile(file, ANN, archive, {
      anyAccount: false,
      signal,
      onProgress() {},
    })
    expect(outcome).toEqual({ ...nothing, runs: 200, added: 200 })
    expect((await contentOf(other)).runs).toHaveLength(200)
  })
})

describe('a file that is none of these', () => {
  it.each([
    ['a picture', '\u0089PNG\r\n\u001A\n', 'not-json'],
    ['nothing', '', 'not-json'],
    ['a list', '[]', 'not-ours'],
    ['of somebody else', '{"format":"other","entries":[\n]}', 'not-ours'],
    ['without a version', '{"format":"comfyui-credits-runs","entries":[\n]}', 'not-ours'],
    [
      'of a later version',
      '{"format":"comfyui-credits-runs","version":2,"purse":"","things":[\n]}',
      'newer-version',
    ],
    [
      'of a later version, laid out differently',
      '{\n"format":"comfyui-credits-runs","version":2,"purse":""\n}',
      'newer-version',
    ],
    ['a very long line', 'x'.repeat(9_000_000), 'not-ours'],
  ])('is refused: %s', async (_what, text, why) => {
    await fill(tab(), judged.slice(0, 3))
    const before = await contentOf(tab())
    expect(await imported(tab(), text)).toBe(why)
    expect(await contentOf(tab())).toEqual(before)
  })
})

const outcomes = ['running', 'succeeded', 'failed', 'lost'] as const
const anyRun: fc.Arbitrary<Run> = fc
  .record({
    outcome: fc.constantFrom(...outcomes),
    startedAt: fc.integer({ min: 1, max: 5 }),
    prices: fc.dictionary(fc.constantFrom('1', '2', '3:1'), fc.option(fc.nat(1000))),
  })
  .map(({ outcome, startedAt, prices }) => {
    const run = runOf('p', { outcome, startedAt, endedAt: outcome === 'running' ? null : 9 })
    const calls = run.calls.flatMap((call) =>
      Object.entries(prices).map(([nodeId, announcedCredits]) => ({
        ...call,
        nodeId,
        announcedCredits,
      })),
    )
    return withCalls(run, calls)
  })
const anyCost: fc.Arbitrary<Cost> = fc.oneof(
  fc.constant({ usdMicros: null, certainty: 'unknown' as const }),
  fc.record({
    usdMicros: fc.nat(3),
    certainty: fc.constantFrom('proved', 'at-least', 'announced'),
  }),
)
const anyVerdict: fc.Arbitrary<Verdict> = fc
  .record({
    promptId: fc.constant('p'),
    cost: anyCost,
    word: fc.constantFrom('charged', 'nothing-delivered', 'open'),
    evidence: fc.record({
      match: fc.constantFrom('job-id', 'time', null),
      eventIds: fc.constant([]),
      spans: fc.constantFrom([], [{ from: { at: 1, usdMicros: 2 }, to: { at: 2, usdMicros: 1 } }]),
    }),
    calls: fc.constant([]),
    revised: fc.option(anyCost),
  })
  .map(({ cost, ...verdict }) => ({ ...verdict, ...cost }))

describe('what a file has of a run that is stored', () => {
  it('loses no call, price or end, and the same again changes nothing', () => {
    fc.assert(
      fc.property(anyRun, anyRun, (stored, written) => {
        const once = mergeOfFile.runs(stored, written)
        expect(mergeOfFile.runs(once, written)).toEqual(once)
        expect(mergeOfFile.runs(stored, stored)).toEqual(stored)
        const ended = ['succeeded', 'failed'].includes(stored.outcome)
        expect(ended ? once.outcome : stored.outcome).toBe(stored.outcome)
        for (const call of stored.calls) {
          const now = once.calls.find(({ nodeId }) => nodeId === call.nodeId)
          expect(now?.announcedCredits).toBe(call.announcedCredits ?? now?.announcedCredits)
        }
        expect(once.startedAt).toBe(Math.min(stored.startedAt, written.startedAt))
      }),
    )
  })

  it('is believed of its cost only where it is surer, however often it is imported', () => {
    fc.assert(
      fc.property(anyVerdict, fc.array(anyVerdict, { maxLength: 4 }), (stored, written) => {
        expect(mergeOfFile.verdicts(stored, stored)).toEqual(stored)
        const once = written.reduce(mergeOfFile.verdicts, stored)
        expect(written.reduce(mergeOfFile.verdicts, once)).toEqual(once)
      }),
    )
  })
})
