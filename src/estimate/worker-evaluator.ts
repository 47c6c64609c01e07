import type { BadgeAnswer, BadgeEvaluator, BadgeFailure, BadgeQuestion } from './badge-questions.ts'
import type { WorkerReply, WorkerRequest } from './worker-messages.ts'

/** A worker of the browser or of Node. */
export interface WorkerHandle {
  post(request: WorkerRequest): void
  terminate(): void
}

/** `onEnd` is called when it fails to load, or dies, for example for want of memory. */
export type StartWorker = (onReply: (reply: WorkerReply) => void, onEnd: () => void) => WorkerHandle

interface Limits {
  /** For one expression. */
  readonly answerMs: number
  /** For a worker to load. */
  readonly startMs: number
}

const DEFAULT_LIMITS: Limits = { answerMs: 50, startMs: 5000 }

/**
 * An expression that ended so many workers is left alone for a while. One is not enough, and it is
 * not for ever: the machine may have been busy.
 */
const MAX_STRIKES = 2
const REST_MS = 60_000

interface Strikes {
  readonly count: number
  readonly lastAt: number
}

interface Job {
  readonly question: BadgeQuestion
  readonly settle: (answer: BadgeAnswer) => void
}

const withoutPrice = (failure: BadgeFailure): BadgeAnswer => ({ isPriced: false, failure })

/** Evaluates in one worker, and replaces it when an expression does not end. */
export class WorkerEvaluator implements BadgeEvaluator {
  /** Null before the first question, and after a worker was ended. */
  private worker: RunningWorker | null = null
  /** In the order of their answers. */
  private jobs: Job[] = []
  private readonly strikes = new Map<string, Strikes>()

  constructor(
    private readonly startWorker: StartWorker,
    private readonly limits: Limits = DEFAULT_LIMITS,
  ) {}

  prepare(): void {
    if (!this.worker) this.start()
  }

  evaluate(questions: readonly BadgeQuestion[]): Promise<readonly BadgeAnswer[]> {
    const asked: Job[] = []
    const answers = questions.map((question) =>
      this.isStruckOut(question)
        ? Promise.resolve(withoutPrice('timeout'))
        : new Promise<BadgeAnswer>((settle) => asked.push({ question, settle })),
    )
    this.jobs.push(...asked)
    if (this.worker) this.worker.ask(asked.map(({ question }) => question))
    else if (asked.length > 0) this.start()
    return Promise.all(answers)
  }

  close(): void {
    this.worker?.end()
    this.worker = null
    this.settleAll('unavailable')
  }

  private isStruckOut({ expression }: BadgeQuestion): boolean {
    return this.strikesOf(expression) >= MAX_STRIKES
  }

  private strikesOf(expression: string): number {
    const { count = 0, lastAt = 0 } = this.strikes.get(expression) ?? {}
    return Date.now() - lastAt < REST_MS ? count : 0
  }

  private start(isOneByOne = false): void {
    try {
      this.worker = this.newWorker(isOneByOne)
    } catch {
      // A page whose CSP allows no workers.
      this.settleAll('unavailable')
      return
    }
    this.worker.ask(this.jobs.map(({ question }) => question))
  }

  private newWorker(isOneByOne: boolean): RunningWorker {
    const answered = new Set<string>()
    const worker = new RunningWorker(this.startWorker, this.limits, isOneByOne, {
      onAnswers: (answers) => {
        for (const [index, { question, settle }] of this.jobs.splice(0, answers.length).entries()) {
          answered.add(question.expression)
          settle(answers[index] ?? withoutPrice('failed'))
        }
        if (this.jobs.length === 0) worker.rest()
      },
      onFailedStart: () => {
        this.worker = null
        this.settleAll('unavailable')
      },
      onStuck: (failure) => {
        const isFirst = !answered.has(this.jobs[0]?.question.expression ?? '')
        if (isOneByOne || isFirst) this.replace(failure)
        // Answers that it had not sent yet may hide the job that it was stuck at.
        else this.start(true)
      },
    })
    return worker
  }

  /** The first job is the one that its worker did not survive. The others get a new worker. */
  private replace(failure: BadgeFailure): void {
    this.worker = null
    const job = this.jobs.shift()
    if (job) {
      const { expression } = job.question
      const count = this.strikesOf(expression) + 1
      this.strikes.set(expression, { count, lastAt: Date.now() })
      job.settle(withoutPrice(failure))
      this.jobs = this.jobs.filter((other) => {
        if (!this.isStruckOut(other.question)) return true
        other.settle(withoutPrice(failure))
        return false
      })
    }
    if (this.jobs.length > 0) this.start()
  }

  private settleAll(failure: BadgeFailure): void {
    for (const { settle } of this.jobs.splice(0)) settle(withoutPrice(failure))
  }
}

interface WorkerEvents {
  onAnswers(answers: readonly BadgeAnswer[]): void
  onFailedStart(): void
  /** It was ended while it answered a question. */
  onStuck(failure: BadgeFailure): void
}

/** One worker from its start to its end, and the time it takes. */
class RunningWorker {
  private readonly handle: WorkerHandle
  private state: 'loading' | 'loaded' | 'ended' = 'loading'
  private waiting: BadgeQuestion[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private replies = 0

  constructor(
    start: StartWorker,
    private readonly limits: Limits,
    private readonly isOneByOne: boolean,
    private readonly events: WorkerEvents,
  ) {
    this.handle = start(
      (reply) => this.receive(reply),
      () => this.fail('failed'),
    )
    this.timer = setTimeout(() => this.fail('unavailable'), limits.startMs)
  }

  ask(questions: readonly BadgeQuestion[]): void {
    if (this.state === 'loading') this.waiting.push(...questions)
    else if (questions.length > 0) {
      this.handle.post({ questions, isOneByOne: this.isOneByOne })
      this.timer ??= this.watch()
    }
  }

  /** Nothing is left to answer. */
  rest(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  end(): void {
    this.rest()
    this.state = 'ended'
    this.handle.terminate()
  }

  private receive(reply: WorkerReply): void {
    if (this.state === 'ended') return
    this.rest()
    this.replies += 1
    if (reply === null) {
      this.state = 'loaded'
      this.ask(this.waiting.splice(0))
      return
    }
    this.timer = this.watch()
    this.events.onAnswers(reply)
  }

  private watch(): ReturnType<typeof setTimeout> {
    const { replies } = this
    return setTimeout(() => {
      // This thread may have been the busy one: replies that have arrived come first.
      this.timer = setTimeout(() => {
        if (this.replies === replies) this.fail('timeout')
      }, 0)
    }, this.limits.answerMs)
  }

  private fail(failure: BadgeFailure): void {
    if (this.state === 'ended') return
    const { state } = this
    this.end()
    if (state === 'loading') this.events.onFailedStart()
    else this.events.onStuck(failure)
  }
}
