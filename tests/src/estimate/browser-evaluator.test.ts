import { afterEach, expect, it, vi } from 'vitest'
// Before the worker needs it: a busy machine takes seconds to load jsonata.
import '../../../src/estimate/answer-question.ts'
import type { BadgeContext } from '../../../src/estimate/badge.ts'
import { browserEvaluator } from '../../../src/estimate/browser-evaluator.ts'
import type { SentReply, SentRequest } from '../../../src/estimate/worker-messages.ts'
import { usd } from '../../support/builders/workflow.ts'

afterEach(() => vi.unstubAllGlobals())

const context: BadgeContext = { widgets: {}, inputs: {}, inputGroups: {} }

/** A page's Worker that runs in this thread. */
class FakeWorker extends EventTarget {
  static readonly started: FakeWorker[] = []
  isTerminated = false
  private serve: (request: SentRequest) => void = () => {}

  constructor(
    readonly url: URL,
    readonly options: WorkerOptions,
  ) {
    super()
    FakeWorker.started.push(this)
    void this.load()
  }

  postMessage(request: SentRequest): void {
    this.serve(structuredClone(request))
  }

  terminate(): void {
    this.isTerminated = true
  }

  private async load(): Promise<void> {
    vi.stubGlobal('postMessage', (reply: SentReply) => {
      const data = structuredClone(reply)
      queueMicrotask(() => this.dispatchEvent(Object.assign(new Event('message'), { data })))
    })
    vi.stubGlobal(
      'addEventListener',
      (_: string, listener: (event: { data: SentRequest }) => void) => {
        this.serve = (data) => listener({ data })
      },
    )
    await import('../../../src/estimate/browser-worker.ts')
  }
}

it('a page evaluates expressions in a module worker, which starts with the first', async () => {
  vi.stubGlobal('Worker', FakeWorker)
  const evaluator = browserEvaluator()
  expect(FakeWorker.started).toHaveLength(0)
  const answers = await evaluator.evaluate([
    { expression: usd(0.06), context },
    { expression: '$error("no")', context },
  ])
  expect(answers).toMatchObject([
    { isPriced: true, result: { kind: 'usd', usd: 0.06 } },
    { isPriced: false, failure: 'failed' },
  ])
  const [worker] = FakeWorker.started
  expect(worker?.url.pathname).toMatch(/\/src\/estimate\/browser-worker\.ts$/)
  expect(worker?.options.type).toBe('module')
  evaluator.close()
  expect(worker?.isTerminated).toBe(true)
})
