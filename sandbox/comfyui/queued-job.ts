import type { Job } from './executor/execute.ts'

/** A prompt on its way through the queue. */
export interface QueuedJob extends Job {
  readonly number: number
  readonly clientId: string | null
  /** Without the person's credentials; those are in `account` and are never shown. */
  readonly extraData: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970. */
  readonly createdAt: number
}
