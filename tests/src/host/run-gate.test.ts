import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ComfyApp, ComfyStore } from '../../../src/host/comfy-types.ts'
import type { RunJudge, RunVerdict } from '../../../src/host/port.ts'
import { RunGate } from '../../../src/host/run-gate.ts'

type Queue = (this: unknown, ...given: unknown[]) => unknown
type Host = ComfyApp & { queuePrompt: Queue }

const node = (isPartner: boolean) => ({ constructor: { nodeData: { api_node: isPartner } } })
const partnerNode = node(true)
const localNode = node(false)
const inSubgraph = { subgraph: { nodes: [partnerNode] } }

function fakeHost(nodes: readonly unknown[] = [partnerNode]) {
  const pending = { count: 0, $patch: vi.fn() }
  const settings = { mode: 'disabled' }
  const stores = new Map<string, ComfyStore>([
    ['queuePendingTaskCount', pending],
    ['queueSettingsStore', settings],
  ])
  const queued = vi.fn<Queue>(async () => true)
  const host: Host = {
    rootGraph: { nodes } as ComfyApp['rootGraph'] & object,
    queuePrompt: queued,
    extensionManager: { _p: { _s: stores } },
  }
  return { host, queued, pending, settings }
}

const judging = (verdict: RunVerdict) => vi.fn<RunJudge>(async () => verdict)
const no = () => Promise.resolve(false)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a run that may cost', () => {
  it('is judged by what was pressed, and goes on with this, arguments and the host’s answer', async () => {
    const { host, queued } = fakeHost()
    const judge = judging('go')
    new RunGate(host).start(judge)
    const third = { queueNodeIds: ['7'], intent: { trigger_source: 'keybinding' } }
    expect(await host.queuePrompt(-1, 4, third)).toBe(true)
    expect(queued.mock.calls).toEqual([[-1, 4, third]])
    expect(queued.mock.contexts).toEqual([host])
    const [request] = judge.mock.calls[0] ?? []
    expect(request).toEqual({ batchCount: 4, isPartial: true, source: 'keybinding' })
  })

  it('is not queued where the person says no, and answers false', async () => {
    const { host, queued } = fakeHost()
    new RunGate(host).start(judging(no))
    expect(await host.queuePrompt(0)).toBe(false)
    expect(queued).not.toHaveBeenCalled()
  })

  it('waits for the person as long as they take', async () => {
    const { host, queued } = fakeHost()
    let answer: (goesOn: boolean) => void = () => {}
    const question = () => new Promise<boolean>((resolve) => (answer = resolve))
    new RunGate(host).start(judging(question))
    const run = host.queuePrompt(0)
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(queued).not.toHaveBeenCalled()
    answer(true)
    expect(await run).toBe(true)
  })

  it('goes on after 100 ms without a verdict, and says so to the judge', async () => {
    const { host, queued } = fakeHost()
    const judge = vi.fn<RunJudge>(() => new Promise(() => {}))
    new RunGate(host).start(judge)
    const run = host.queuePrompt(0)
    await vi.advanceTimersByTimeAsync(99)
    expect(queued).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await run).toBe(true)
    expect(judge.mock.calls[0]?.[1].aborted).toBe(true)
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
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const { host, queued } = fakeHost()
    new RunGate(host).start(judge)
    expect(await host.queuePrompt(0)).toBe(true)
    expect(queued).toHaveBeenCalledOnce()
    expect(warn).toHaveBeenCalledOnce()
  })

  it('rejects as the host does', async () => {
    const { host } = fakeHost()
    const error = new Error('no server')
    host.queuePrompt = () => Promise.reject(error)
    new RunGate(host).start(judging('go'))
    await expect(host.queuePrompt(0)).rejects.toBe(error)
  })

  it('is found in a subgraph, and on a canvas that does not say', async () => {
    for (const nodes of [[localNode, inSubgraph], 'broken' as unknown as unknown[]]) {
      const { host, queued } = fakeHost(nodes)
      new RunGate(host).start(judging(no))
      expect(await host.queuePrompt(0)).toBe(false)
      expect(queued).not.toHaveBeenCalled()
    }
  })
})

describe('a run that costs nothing', () => {
  it('is not judged, and returns the host’s own promise', () => {
    const promise = Promise.resolve(true)
    const { host } = fakeHost([localNode])
    host.queuePrompt = () => promise
    const judge = judging(no)
    new RunGate(host).start(judge)
    expect(host.queuePrompt(0)).toBe(promise)
    expect(judge).not.toHaveBeenCalled()
  })
})

describe('beside other extensions', () => {
  const wrap = (host: Host, log: string[], name: string): void => {
    const { queuePrompt } = host
    host.queuePrompt = async function wrapped(...given) {
      log.push(name)
      return queuePrompt.apply(this, given)
    }
  }

  it('stops a run whichever of us wrapped first', async () => {
    const log: string[] = []
    const { host, queued } = fakeHost()
    wrap(host, log, 'before')
    const gate = new RunGate(host)
    gate.start(judging(no))
    wrap(host, log, 'after')
    expect(await host.queuePrompt(0)).toBe(false)
    expect(queued).not.toHaveBeenCalled()
    gate.stop()
    expect(await host.queuePrompt(0)).toBe(true)
    gate.start(judging(no))
    expect(await host.queuePrompt(0)).toBe(false)
    expect(log).toEqual(['after', 'after', 'before', 'after'])
  })

  it('gives the host its function back, also one that it inherits', () => {
    class App {
      queuePrompt(): string {
        return 'inherited'
      }
    }
    const app = new App()
    const own = fakeHost().host
    const { queuePrompt } = own
    for (const host of [app, own]) {
      const gate = new RunGate(host)
      expect(gate.start(judging(no))).toBe(true)
      gate.stop()
    }
    expect(Object.hasOwn(app, 'queuePrompt')).toBe(false)
    expect(own.queuePrompt).toBe(queuePrompt)
  })

  it('is not there where the host has no such function, or does not let us in', () => {
    vi.spyOn(console, 'warn').mockReturnValue()
    expect(new RunGate({}).start(judging(no))).toBe(false)
    expect(new RunGate(Object.freeze({ queuePrompt: () => 1 })).start(judging(no))).toBe(false)
  })
})

describe('auto-queue after a veto', () => {
  it.each([
    ['change', 'auto_queue', 'disabled'],
    ['change', null, 'disabled'],
    ['change', 'button', 'change'],
    ['instant', null, 'disabled'],
    ['instant-running', 'button', 'disabled'],
  ])('in the mode %s by %s is %s', async (mode, source, after) => {
    const { host, settings, pending } = fakeHost()
    settings.mode = mode
    new RunGate(host).start(judging(no))
    await host.queuePrompt(
      0,
      1,
      source === null ? undefined : { intent: { trigger_source: source } },
    )
    expect(settings.mode).toBe(after)
    expect(pending.$patch.mock.calls).toEqual(after === 'disabled' ? [[{ count: 0 }]] : [])
  })
})
