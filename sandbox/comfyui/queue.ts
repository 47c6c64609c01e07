import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Job, JobOutcome } from './executor/execute.ts'
import type { RunEvent, RunSink } from './executor/events.ts'
import { RunHistory } from './history.ts'
import type { QueuedJob } from './queued-job.ts'

interface RunningJob {
  readonly job: QueuedJob
  readonly startedAt: number
  readonly abort: AbortController
}

/** What the queue needs from the host: a function that runs a job, and where its events go. */
export interface QueueHost {
  execute(job: Job, sink: RunSink, signal: AbortSignal): Promise<JobOutcome>
  /** Only to the tab with this id. */
  send(clientId: string, event: RunEvent): void
  broadcastText(nodeId: string, text: string): void
  /** A job was queued, taken, ended or removed. */
  statusChanged(): void
  readonly log: Logger
}

/** The events that ComfyUI stores in its history. */
const COURSE = new Set<RunEvent['type']>([
  'execution_start',
  'execution_cached',
  'execution_success',
  'execution_error',
  'execution_interrupted',
])

/** ComfyUI's queue: one job runs at a time, the smallest number first. */
export class PromptQueue {
  readonly history = new RunHistory()
  #pending: QueuedJob[] = []
  #running: RunningJob | null = null
  #lastNodeId: string | null = null
  #counter = 0
  #worker: Promise<void> | null = null

  constructor(private readonly host: QueueHost) {}

  /** `position`: a number, 'front' for before all others, or null for the next in turn. */
  enqueue(job: Omit<QueuedJob, 'number' | 'createdAt'>, position: number | 'front' | null): number {
    const turn = this.#counter
    this.#counter += 1
    const number = position === 'front' ? -turn : (position ?? turn)
    this.#pending = [...this.#pending, { ...job, number, createdAt: Date.now() }].toSorted(
      (one, other) => one.number - other.number,
    )
    this.host.statusChanged()
    this.#worker ??= this.#work()
    return number
  }

  /** Stops the running job; with an id only if that is the one. */
  interrupt(promptId: string | null): void {
    const running = this.#running
    if (running && (promptId === null || running.job.promptId === promptId)) running.abort.abort()
  }

  /** Removes waiting jobs. Only the status event shows it, as in ComfyUI. */
  remove(promptIds: readonly string[]): void {
    this.#pending = this.#pending.filter((job) => !promptIds.includes(job.promptId))
    this.host.statusChanged()
  }

  clear(): void {
    this.#pending = []
    this.host.statusChanged()
  }

  /** How many jobs wait or run. */
  get remaining(): number {
    return this.#pending.length + (this.#running ? 1 : 0)
  }

  /** In the order in which they will run. */
  get pending(): readonly QueuedJob[] {
    return this.#pending
  }

  get running(): { readonly job: QueuedJob; readonly startedAt: number } | null {
    return this.#running
  }

  /** The node the running job is at, if the job is this tab's. */
  nodeRunningFor(clientId: string): string | null {
    return this.#running?.job.clientId === clientId ? this.#lastNodeId : null
  }

  /** Drops waiting jobs, interrupts the running one, and resolves once it has ended. */
  async close(): Promise<void> {
    this.#pending = []
    this.#running?.abort.abort()
    await this.#worker
  }

  async #work(): Promise<void> {
    // POST /prompt may answer before or after, as in ComfyUI.
    await nextTurn()
    for (let job = this.#pending.shift(); job !== undefined; job = this.#pending.shift()) {
      await this.#runOne(job)
    }
    this.#worker = null
  }

  async #runOne(job: QueuedJob): Promise<void> {
    const running = { job, startedAt: Date.now(), abort: new AbortController() }
    this.#running = running
    this.host.statusChanged()
    const messages: RunEvent[] = []
    const send = (event: RunEvent) => {
      if (event.type === 'executing') this.#lastNodeId = event.data.node
      if (COURSE.has(event.type)) messages.push(event)
      if (job.clientId !== null) this.host.send(job.clientId, event)
    }
    const outcome = await this.#execute(running, send)
    this.#running = null
    this.history.add(job, { startedAt: running.startedAt, outcome, messages })
    this.host.log.info({ promptId: job.promptId, status: outcome.status }, 'run ended')
    this.host.statusChanged()
    send({ type: 'executing', data: { node: null, prompt_id: job.promptId } })
  }

  async #execute(running: RunningJob, send: RunSink['send']): Promise<JobOutcome> {
    const sink = {
      send,
      broadcastText: (nodeId: string, text: string) => this.host.broadcastText(nodeId, text),
    }
    try {
      return await this.host.execute(running.job, sink, running.abort.signal)
    } catch (error) {
      // Our own defect, not a node's: the queue continues with the next job.
      this.host.log.error({ err: error, promptId: running.job.promptId }, 'run broke')
      return { status: 'error', outputs: {}, error: null }
    }
  }
}
