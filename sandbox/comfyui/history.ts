import type { JobOutcome } from './executor/execute.ts'
import type { RunEvent } from './executor/events.ts'
import type { QueuedJob } from './queued-job.ts'

/** A run that has ended; without the person's credentials. Times in ms since 1970. */
export interface FinishedJob extends Omit<QueuedJob, 'account'> {
  readonly startedAt: number
  readonly endedAt: number
  readonly outcome: JobOutcome
  /** The messages that the run sent to its tab. */
  readonly messages: readonly RunEvent[]
}

const KEPT_RUNS = 200

/** The last runs, in memory as in ComfyUI: a restart forgets them. */
export class RunHistory {
  readonly #runs = new Map<string, FinishedJob>()

  add(job: QueuedJob, run: Pick<FinishedJob, 'startedAt' | 'outcome' | 'messages'>): void {
    const { account: _forgotten, ...stored } = job
    this.#runs.set(job.promptId, { ...stored, ...run, endedAt: Date.now() })
    const oldest = this.#runs.keys().next()
    if (this.#runs.size > KEPT_RUNS && !oldest.done) this.#runs.delete(oldest.value)
  }

  /** Oldest first. */
  all(): readonly FinishedJob[] {
    return [...this.#runs.values()]
  }

  find(promptId: string): FinishedJob | undefined {
    return this.#runs.get(promptId)
  }

  forget(promptIds: readonly string[]): void {
    for (const id of promptIds) this.#runs.delete(id)
  }

  forgetAll(): void {
    this.#runs.clear()
  }
}
