import type { Transferable, Worker } from 'node:worker_threads'

interface Job<Task, Result> {
  readonly task: Task
  readonly transfer: readonly Transferable[]
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

export interface PoolOptions {
  /** A thread that answers each message with one. */
  readonly start: () => Worker
  readonly most: number
  /** A thread that takes longer for one task is ended. */
  readonly answerMs: number
}

/**
 * Threads for what would hold the event loop. They start when they are first needed, and each has one
 * task at a time. One that dies fails its task, and another takes its place: nobody waits for ever.
 */
export class WorkerPool<Task, Result> {
  readonly #idle: Worker[] = []
  readonly #busy = new Map<Worker, { job: Job<Task, Result>; timer: NodeJS.Timeout }>()
  readonly #waiting: Job<Task, Result>[] = []
  #closed = false

  constructor(private readonly options: PoolOptions) {}

  /** What is transferred is the thread's from now on. Rejects if its thread ends without an answer. */
  run(task: Task, transfer: readonly Transferable[] = []): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, transfer, resolve, reject })
      this.#next()
    })
  }

  /** Ends the threads; what they still work on is rejected. */
  async close(): Promise<void> {
    this.#closed = true
    this.#next()
    await Promise.all([...this.#idle, ...this.#busy.keys()].map((worker) => worker.terminate()))
  }

  #next(): void {
    if (this.#closed) {
      for (const job of this.#waiting.splice(0)) job.reject(new Error('The service ends.'))
      return
    }
    const [job] = this.#waiting
    const worker = job && (this.#idle.pop() ?? this.#another())
    if (!worker) return
    this.#waiting.shift()
    const timer = setTimeout(() => void worker.terminate(), this.options.answerMs)
    this.#busy.set(worker, { job, timer })
    worker.postMessage(job.task, job.transfer)
  }

  #another(): Worker | undefined {
    if (this.#busy.size >= this.options.most) return undefined
    const worker = this.options.start()
    // Requests keep the process alive, not what it has for them.
    worker.unref()
    worker.on('message', (result: Result) => {
      this.#release(worker)?.resolve(result)
      this.#idle.push(worker)
      this.#next()
    })
    const ended = (cause?: unknown): void => {
      this.#release(worker)?.reject(new Error('A worker thread ended.', { cause }))
      const position = this.#idle.indexOf(worker)
      if (position >= 0) this.#idle.splice(position, 1)
      this.#next()
    }
    worker.on('error', ended)
    worker.on('exit', () => ended())
    return worker
  }

  #release(worker: Worker): Job<Task, Result> | undefined {
    const busy = this.#busy.get(worker)
    clearTimeout(busy?.timer)
    this.#busy.delete(worker)
    return busy?.job
  }
}
