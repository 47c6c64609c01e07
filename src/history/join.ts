import type { Run } from '../usage/run.ts'
import type { AccountEvent } from './events.ts'

/** Clocks of browser and service differ, and an event is written a moment after its call. */
const SLACK_MS = 5000

export interface RunGroup {
  /** prompt_id. */
  readonly jobId: string
  readonly run: Run | null
  readonly events: readonly AccountEvent[]
}

/**
 * Usage events to the runs that caused them: by job_id where the account says it, else by time if
 * exactly one local run fits. `single` are the events that belong to no known run.
 */
export function joinRuns(
  usage: readonly AccountEvent[],
  runs: readonly Run[],
): { groups: RunGroup[]; single: AccountEvent[] } {
  const byJob = new Map<string, AccountEvent[]>()
  const single: AccountEvent[] = []
  for (const event of usage) {
    const jobId = event.jobId ?? onlyRunAt(event.at, runs)?.promptId
    if (jobId === undefined) single.push(event)
    else byJob.set(jobId, [...(byJob.get(jobId) ?? []), event])
  }
  const local = new Map(runs.map((run) => [run.promptId, run]))
  const groups = [...byJob].map(([jobId, events]) => ({
    jobId,
    run: local.get(jobId) ?? null,
    events,
  }))
  return { groups, single }
}

function onlyRunAt(at: number | null, runs: readonly Run[]): Run | undefined {
  if (at === null) return undefined
  const fitting = runs.filter(
    (run) =>
      run.calls.length > 0 &&
      at >= run.startedAt - SLACK_MS &&
      at <= (run.endedAt ?? Infinity) + SLACK_MS,
  )
  return fitting.length === 1 ? fitting[0] : undefined
}
