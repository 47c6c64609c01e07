import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  JUDGED_WITHIN_MS,
  runGate,
  type RunJudge,
  type RunVerdict,
} from '../../../src/guard/run-gate.ts'

const judging = (verdict: RunVerdict) => vi.fn<RunJudge>(async () => verdict)
const no = () => Promise.resolve(false)
const queued = vi.fn(async () => 'queued')
const vetoed = vi.fn<(source: string | null) => void>()
const press = (judge: RunJudge, ...given: unknown[]) => runGate(judge, vetoed)(queued, given)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.clearAllMocks()
})

describe('a press of Run', () => {
  it.each([
    [[0], { batchCount: 1, isPartial: false, source: null }],
    [[-1, 4, undefined], { batchCount: 4, isPartial: false, source: null }],
    [[0, 1, ['7']], { batchCount: 1, isPartial: true, source: null }],
    [[0, 1, []], { batchCount: 1, isPartial: false, source: null }],
    [
      [0, 2, { queueNodeIds: ['7'], intent: { trigger_source: 'button' } }],
      { batchCount: 2, isPartial: true, source: 'button' },
    ],
    [
      [0, 'many', { intent: { trigger_source: 7 } }],
      { batchCount: 1, isPartial: false, source: null },
    ],
  ])('with %j is judged as %j', async (given, request) => {
    const judge = judging('go')
    expect(await press(judge, ...given)).toBe('queued')
    expect(judge.mock.calls[0]?.[0]).toEqual(request)
  })

  it('is not queued where the person says no, and answers false', async () => {
    expect(await press(judging(no), 0, 1, { intent: { trigger_source: 'auto_queue' } })).toBe(false)
    expect(queued).not.toHaveBeenCalled()
    expect(vetoed.mock.calls).toEqual([['auto_queue']])
  })

  it('waits for the person as long as they take', async () => {
    let answer: (goesOn: boolean) => void = () => {}
    const question = () => new Promise<boolean>((resolve) => (answer = resolve))
    const run = press(judging(question))
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(queued).not.toHaveBeenCalled()
    answer(true)
    expect(await run).toBe('queued')
    expect(vetoed).not.toHaveBeenCalled()
  })

  it('goes on after 100 ms without a verdict, and says so to the judge', async () => {
    const judge = vi.fn<RunJudge>(() => new Promise(() => {}))
    const run = press(judge)
    await vi.advanceTimersByTimeAsync(99)
    expect(queued).not.toHaveBeenCalled()
    // The last turn of the page is one more.
    await vi.advanceTimersByTimeAsync(2)
    expect(await run).toBe('queued')
    expect(judge.mock.calls[0]?.[1].aborted).toBe(true)
  })

  it('hears a verdict that came while something else held the page up', async () => {
    vi.useRealTimers()
    const run = press(async () => {
      const { port1, port2 } = new MessageChannel()
      const heard = new Promise((resolve) => port1.addEventListener('message', resolve))
      port1.start()
      port2.postMessage('the price')
      const freeAt = performance.now() + JUDGED_WITHIN_MS + 50
      while (performance.now() < freeAt);
      await heard
      port1.close()
      return no
    })
    expect(await run).toBe(false)
    expect(queued).not.toHaveBeenCalled()
  })

  it.each<[string, RunJudge]>([
    [
      'throws',
      () => {
        throw new Error('ours')
      },
    ],
    ['rejects', () => Promise.reject(new Error('ours'))],
    ['cannot ask', async () => () => Promise.reject(new Error('ours'))],
  ])('goes on where the judge %s', async (_what, judge) => {
    const report = vi.fn()
    vi.stubGlobal('reportError', report)
    expect(await press(judge)).toBe('queued')
    expect(queued).toHaveBeenCalledOnce()
    expect(report).toHaveBeenCalledOnce()
  })

  it('rejects as the host does', async () => {
    const error = new Error('no server')
    queued.mockRejectedValueOnce(error)
    await expect(press(judging('go'))).rejects.toBe(error)
  })
})
