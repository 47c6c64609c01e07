import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BadgeAnswer, BadgeQuestion } from '../../../src/estimate/badge-questions.ts'
import { RememberingEvaluator } from '../../../src/estimate/remembering-evaluator.ts'
import { WorkerEvaluator } from '../../../src/estimate/worker-evaluator.ts'
import type { WorkerReply, WorkerRequest } from '../../../src/estimate/worker-messages.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const question = (expression: string): BadgeQuestion => ({
  expression,
  context: { widgets: {}, inputs: {}, inputGroups: {} },
})
const price = (text: string): BadgeAnswer => ({ isPriced: true, result: { kind: 'text', text } })
const failure = (code: string) => ({ isPriced: false, failure: code })

/** Workers that answer when the test lets them. */
class Workers {
  readonly all: {
    readonly requests: WorkerRequest[]
    readonly reply: (reply: BadgeAnswer | null) => void
    readonly replyWith: (reply: WorkerReply) => void
    readonly die: () => void
    isTerminated: boolean
  }[] = []

  readonly start = (replyWith: (reply: WorkerReply) => void, die: () => void) => {
    const reply = (one: BadgeAnswer | null) => replyWith(one && [one])
    const requests: WorkerRequest[] = []
    const worker = { requests, reply, replyWith, die, isTerminated: false }
    this.all.push(worker)
    return {
      post: (request: WorkerRequest) => void worker.requests.push(request),
      terminate: () => {
        worker.isTerminated = true
      },
    }
  }

  get last() {
    const worker = this.all.at(-1)
    if (!worker) throw new Error('None was started.')
    return worker
  }

  get asked(): string[] {
    return this.last.requests.flatMap(({ questions }) =>
      questions.map(({ expression }) => expression),
    )
  }
}

const limits = { answerMs: 50, startMs: 1000 }

function setUp() {
  const workers = new Workers()
  return { workers, evaluator: new WorkerEvaluator(workers.start, limits) }
}

describe('a worker', () => {
  it('that the page may not start leaves prices unknown, and the next question tries again', async () => {
    const workers = new Workers()
    let isAllowed = false
    const evaluator = new WorkerEvaluator((...events) => {
      if (!isAllowed) throw new Error('The page’s policy forbids it.')
      return workers.start(...events)
    }, limits)
    expect(await evaluator.evaluate([question('a')])).toEqual([failure('unavailable')])
    isAllowed = true
    void evaluator.evaluate([question('a')])
    expect(workers.all).toHaveLength(1)
  })

  it('starts with the first question, and is asked once it has loaded', async () => {
    const { workers, evaluator } = setUp()
    expect(workers.all).toHaveLength(0)
    const answers = evaluator.evaluate([question('a'), question('b')])
    expect(workers.asked).toEqual([])
    workers.last.reply(null)
    expect(workers.asked).toEqual(['a', 'b'])
    workers.last.reply(price('A'))
    workers.last.reply(price('B'))
    expect(await answers).toEqual([price('A'), price('B')])
    const more = evaluator.evaluate([question('c')])
    workers.last.reply(price('C'))
    expect(await more).toEqual([price('C')])
    expect(workers.all).toHaveLength(1)
  })

  it('that does not answer in time is ended, and another one answers the rest', async () => {
    const { workers, evaluator } = setUp()
    const answers = evaluator.evaluate([question('a'), question('loop'), question('c')])
    workers.last.reply(null)
    vi.advanceTimersByTime(40)
    workers.last.reply(price('A'))
    vi.advanceTimersByTime(49)
    expect(workers.last.isTerminated).toBe(false)
    vi.advanceTimersByTime(2)
    expect(workers.all.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
    workers.all[0]?.reply(price('late'))
    workers.last.reply(null)
    expect(workers.asked).toEqual(['c'])
    workers.last.reply(price('C'))
    expect(await answers).toEqual([price('A'), failure('timeout'), price('C')])
  })

  it('that is stuck among answers it has not sent is found out one by one', async () => {
    const { workers, evaluator } = setUp()
    const answers = evaluator.evaluate(['a', 'b', 'a', 'b', 'a'].map(question))
    workers.last.reply(null)
    workers.last.replyWith([price('A'), price('B')])
    vi.advanceTimersByTime(51)
    expect(workers.all.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
    workers.last.reply(null)
    expect(workers.asked).toEqual(['a', 'b', 'a'])
    expect(workers.all.map(({ requests }) => requests[0]?.isOneByOne)).toEqual([false, true])
    workers.last.reply(price('A2'))
    vi.advanceTimersByTime(51)
    workers.last.reply(null)
    expect(workers.asked).toEqual(['a'])
    workers.last.reply(price('A3'))
    expect(await answers).toEqual([
      price('A'),
      price('B'),
      price('A2'),
      failure('timeout'),
      price('A3'),
    ])
  })

  it('starts before the first question where it is known that one will come', async () => {
    const { workers, evaluator } = setUp()
    evaluator.prepare()
    evaluator.prepare()
    workers.last.reply(null)
    const answers = evaluator.evaluate([question('a')])
    workers.last.reply(price('A'))
    expect(await answers).toEqual([price('A')])
    expect(workers.all).toHaveLength(1)
  })

  it('may load for as long as it needs', async () => {
    const { workers, evaluator } = setUp()
    const answers = evaluator.evaluate([question('a')])
    vi.advanceTimersByTime(900)
    workers.last.reply(null)
    workers.last.reply(price('A'))
    expect(await answers).toEqual([price('A')])
  })

  it.each([
    ['does not load in time', () => void vi.advanceTimersByTime(1001)],
    ['fails to load', (workers: Workers) => workers.last.die()],
  ])('that %s leaves the price unknown, and the next question starts another', async (_, fail) => {
    const { workers, evaluator } = setUp()
    const answers = evaluator.evaluate([question('a')])
    fail(workers)
    expect(await answers).toEqual([failure('unavailable')])
    const again = evaluator.evaluate([question('a')])
    workers.last.reply(null)
    workers.last.reply(price('A'))
    expect(await again).toEqual([price('A')])
  })

  it('that dies of a question is replaced', async () => {
    const { workers, evaluator } = setUp()
    const answers = evaluator.evaluate([question('bomb'), question('b')])
    workers.last.reply(null)
    workers.last.die()
    workers.last.reply(null)
    workers.last.reply(price('B'))
    expect(await answers).toEqual([failure('failed'), price('B')])
  })

  it('is not spent on an expression that has ended two, for a minute', async () => {
    const { workers, evaluator } = setUp()
    const answers = evaluator.evaluate([question('loop'), question('loop'), question('loop')])
    for (let worker = 0; worker < 2; worker += 1) {
      workers.last.reply(null)
      vi.advanceTimersByTime(60)
    }
    expect(await answers).toEqual([failure('timeout'), failure('timeout'), failure('timeout')])
    expect(await evaluator.evaluate([question('loop')])).toEqual([failure('timeout')])
    expect(workers.all).toHaveLength(2)
    vi.advanceTimersByTime(60_000)
    const again = evaluator.evaluate([question('loop')])
    workers.last.reply(null)
    workers.last.reply(price('in time'))
    expect(await again).toEqual([price('in time')])
  })

  it('that is idle is left alone', async () => {
    const { workers, evaluator } = setUp()
    const answers = evaluator.evaluate([question('a')])
    workers.last.reply(null)
    workers.last.reply(price('A'))
    await answers
    vi.advanceTimersByTime(10_000)
    expect(workers.last.isTerminated).toBe(false)
  })

  it('ends with its evaluator, which answers what is open', async () => {
    const { workers, evaluator } = setUp()
    const answers = evaluator.evaluate([question('a')])
    workers.last.reply(null)
    evaluator.close()
    expect(await answers).toEqual([failure('unavailable')])
    expect(workers.last.isTerminated).toBe(true)
  })

  it('is not needed for no question', async () => {
    const { workers, evaluator } = setUp()
    expect(await evaluator.evaluate([])).toEqual([])
    expect(workers.all).toHaveLength(0)
  })
})

describe('answers are remembered', () => {
  function remembering(answer: (expression: string) => BadgeAnswer) {
    const asked: string[] = []
    const evaluator = new RememberingEvaluator({
      evaluate: (questions) => {
        asked.push(...questions.map(({ expression }) => expression))
        return Promise.resolve(questions.map(({ expression }) => answer(expression)))
      },
      close() {},
    })
    return { asked, evaluator }
  }

  it('by expression and context', async () => {
    const { asked, evaluator } = remembering(price)
    const other = { ...question('a'), context: { widgets: { n: 1 }, inputs: {}, inputGroups: {} } }
    const questions = [question('a'), question('b'), question('a'), other]
    const expected = [price('a'), price('b'), price('a'), price('a')]
    expect(await evaluator.evaluate(questions)).toEqual(expected)
    expect(await evaluator.evaluate(questions)).toEqual(expected)
    expect(asked).toEqual(['a', 'b', 'a'])
  })

  it('while they are on their way', async () => {
    const { asked, evaluator } = remembering(price)
    const both = [evaluator.evaluate([question('a')]), evaluator.evaluate([question('a')])]
    expect(await Promise.all(both)).toEqual([[price('a')], [price('a')]])
    expect(asked).toEqual(['a'])
  })

  it.each([
    ['failed', 1],
    ['no-price', 1],
    ['too-many-steps', 1],
    ['timeout', 2],
    ['unavailable', 2],
  ] as const)(
    'unless the machine may be the reason: %s is asked %i times of 2',
    async (code, times) => {
      const { asked, evaluator } = remembering(() => ({ isPriced: false, failure: code }))
      await evaluator.evaluate([question('a')])
      await evaluator.evaluate([question('a')])
      expect(asked).toHaveLength(times)
    },
  )
})
