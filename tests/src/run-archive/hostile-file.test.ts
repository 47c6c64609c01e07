import { describe, expect, it } from 'vitest'
import type { Entries } from '../../../src/run-archive/port.ts'
import { importFile } from '../../../src/run-archive/read-file.ts'
import type { Run } from '../../../src/runs/run.ts'
import { archiveTests, runOf } from '../support/run-archive.ts'
import { newCall } from '../../support/builders/run.ts'

const tab = archiveTests()
const ANN = 'token:ann'
const HEAD = '{"format":"comfyui-credits-runs","version":1,"exportedAt":"","purse":"","entries":['

/** What an import reads of these lines, and what it adds. */
async function imported(lines: readonly (string | object)[]) {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  const file = new Blob([HEAD, '\n', texts.join(',\n'), '\n]}\n'])
  const archive = tab()
  const progress: number[] = []
  const result = await importFile(file, ANN, archive, {
    anyAccount: true,
    signal: new AbortController().signal,
    onProgress: (share) => progress.push(share),
  })
  if (typeof result === 'string') throw new Error(result)
  const runs: Run[] = []
  for await (const piece of archive.entries(ANN)) runs.push(...piece.runs.map(({ run }) => run))
  return { result, runs, progress }
}

const reading = (at: number) => ({ reading: { at, usdMicros: 5 } })

describe('a run of a file', () => {
  it('has no more calls than are stored of one, and those left out are counted', async () => {
    const calls = Array.from({ length: 5000 }, (_, index) => newCall({ nodeId: `${index}` }))
    const { result, runs } = await imported([{ run: runOf('many', { calls }), verdict: null }])
    expect(runs[0]?.calls).toHaveLength(1000)
    expect(result).toMatchObject({ runs: 1, calls: 4000, damaged: 0, whole: true })
  })

  it('has no text of 4 MB, and those shortened are counted', async () => {
    const long = 'w'.repeat(200_000)
    const calls = [newCall({ nodeId: `1${long}`, title: long, nodeType: long })]
    const run = runOf('long', { calls, workflow: long, workflowHash: long, source: long })
    const { result, runs } = await imported([{ run, verdict: null }])
    expect(JSON.stringify(runs).length).toBeLessThan(3000)
    expect(result).toMatchObject({ runs: 1, shortened: 6, damaged: 0 })
  })

  it.each([
    ['a text of 4 MB', runOf('huge', { workflow: 'w'.repeat(4_000_000) })],
    ['20,000 calls', runOf('huge', { calls: Array.from({ length: 20_000 }, () => newCall()) })],
  ])('with %s is left out as a whole and counted, and what is beside it is not', async (_, run) => {
    const { result, runs } = await imported([
      { run: runOf('before') },
      { run, verdict: null },
      { run: runOf('after') },
    ])
    expect(runs.map(({ promptId }) => promptId).toSorted()).toEqual(['after', 'before'])
    expect(result).toMatchObject({ runs: 2, damaged: 1, whole: true })
  })

  it.each([
    ['a price that is no money', { ...newCall({ nodeId: '2' }), announcedCredits: 1e308 }, 2, 0],
    ['a negative price', { ...newCall({ nodeId: '2' }), announcedCredits: -1 }, 2, 0],
    ['a call that is none', { nodeId: 7 }, 1, 1],
    ['nothing', null, 1, 1],
  ])('with %s keeps its other calls', async (_what, call, calls, leftOut) => {
    const run = { ...runOf('a'), calls: [newCall({ announcedCredits: 12.66 }), call] }
    const { result, runs } = await imported([{ run, verdict: null }])
    expect(runs[0]?.calls).toHaveLength(calls)
    expect(runs[0]?.calls[0]?.announcedCredits).toBe(12.66)
    expect(runs[0]?.calls[1]?.announcedCredits ?? null).toBeNull()
    expect(result).toMatchObject({ runs: 1, calls: leftOut, damaged: 0 })
  })
})

describe('a line of a file', () => {
  it('of 30 MB is skipped in small steps, and counted as one that could not be read', async () => {
    const long = `{"run":"${'x'.repeat(30_000_000)}"}`
    const { result, progress } = await imported([reading(1), long, reading(2)])
    expect(result).toMatchObject({ damaged: 1, whole: true })
    // Between two of them the page can do something else.
    expect(progress.length).toBeGreaterThan(100)
    expect(progress.at(-1)).toBe(1)
  })

  it('is none of the others’ business, however many cannot be read', async () => {
    const others: Entries['readings'][number][] = []
    const archive = {
      add: async (_accountKey: string, { readings }: Entries) => {
        others.push(...readings)
        return { runs: 0, events: 0 }
      },
    }
    const nested = '['.repeat(100_000)
    const lines = [reading(1), nested, '\u0000', '{"run":{}}', '{"reading":7}', reading(2)]
    const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    const file = new Blob([HEAD, '\n', texts.join(',\n'), '\n]}\n'])
    const { signal } = new AbortController()
    const options = { anyAccount: true, signal, onProgress() {} }
    const result = await importFile(file, ANN, archive, options)
    expect(result).toMatchObject({ damaged: 4, whole: true })
    expect(others.map(({ at }) => at)).toEqual([1, 2])
  })

  it('lets the page go on between those that cannot be read', async () => {
    const lines = Array.from({ length: 4000 }, () => '{"run":{}}')
    let others = 0
    const timer = setInterval(() => (others += 1), 1)
    const { result } = await imported(lines)
    clearInterval(timer)
    expect(result.damaged).toBe(4000)
    expect(others).toBeGreaterThan(2)
  })
})

describe('what a run of a file put out', () => {
  const file = { filename: 'castle_00001_.png', subfolder: 'a', type: 'output' } as const

  it('comes with it', async () => {
    const { runs } = await imported([{ run: runOf('with', { output: file }), verdict: null }])
    expect(runs[0]?.output).toEqual(file)
  })

  it.each([
    ['an earlier version’s, which has none', undefined],
    ['a way out of its folder', { ...file, subfolder: '../..' }],
    ['no reference', 'castle.png'],
    ['a book', { ...file, filename: 'x'.repeat(40_000) }],
  ])('is nothing where it is %s, and the run is read as before', async (_what, output) => {
    const { result, runs } = await imported([{ run: { ...runOf('p'), output }, verdict: null }])
    expect([result.runs, result.damaged, runs[0]?.output]).toEqual([1, 0, null])
  })
})
