import { randomUUID } from 'node:crypto'
import type { Result, Work } from './answer.ts'

/** A polled job as `GET {path}/{id}` shows it. `progress` in 0..1. */
export interface JobView {
  readonly id: string
  readonly status: 'queued' | 'running' | 'succeeded' | 'failed'
  readonly progress: number
  readonly result?: Result
  readonly error?: string
}

interface Job {
  readonly startedAt: number
  readonly durationMs: number
  readonly breaks: boolean
  /** Runs until `finishHeld`. */
  held: boolean
  readonly work: Work
}

type JobOptions = Pick<Job, 'durationMs' | 'breaks'> & Partial<Pick<Job, 'held'>>

/** The shares of a job's time: in the partner's queue, and until a broken one breaks. */
const QUEUED_SHARE = 0.25
const BREAK_SHARE = 0.7
const HELD_PROGRESS = 0.5
/** Old jobs are forgotten beyond this many, so that the stand-in can run for weeks. */
const KEPT_JOBS = 500

/** Jobs live in memory, and their state follows from the clock (milliseconds) alone. */
export function createJobs(now: () => number) {
  const jobs = new Map<string, Job>()

  function start(work: Work, { held = false, ...options }: JobOptions): JobView {
    const id = randomUUID()
    jobs.set(id, { startedAt: now(), work, held, ...options })
    const oldest = jobs.keys().next()
    if (jobs.size > KEPT_JOBS && !oldest.done) jobs.delete(oldest.value)
    return { id, status: 'queued', progress: 0 }
  }

  function view(id: string): JobView | null {
    const job = jobs.get(id)
    if (!job) return null
    if (job.held) return { id, status: 'running', progress: HELD_PROGRESS }
    const progress = Math.min(1, (now() - job.startedAt) / job.durationMs)
    if (job.breaks && progress >= BREAK_SHARE) {
      return { id, status: 'failed', progress: BREAK_SHARE, error: 'the job broke half-way' }
    }
    if (progress < QUEUED_SHARE) return { id, status: 'queued', progress }
    if (progress < 1) return { id, status: 'running', progress }
    return { id, status: 'succeeded', progress: 1, result: job.work.result }
  }

  function finishHeld(): void {
    for (const job of jobs.values()) job.held = false
  }

  return { start, view, finishHeld }
}
