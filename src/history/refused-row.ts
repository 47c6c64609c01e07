import type { RefusedAttempt } from '../runs/run.ts'
import { blankRow, type HistoryRow } from './row.ts'

/** A request that the server did not take: it is no run, and cannot have cost anything. */
export function refusedRow(attempt: RefusedAttempt, index: number): HistoryRow {
  return {
    ...blankRow,
    id: `refused:${attempt.at}:${index}`,
    kind: 'refused',
    at: attempt.at,
    status: 'failed',
    eventType: attempt.code,
    workflow: attempt.workflow,
    workflowHash: attempt.workflowHash,
    change: { basis: 'none' },
  }
}
