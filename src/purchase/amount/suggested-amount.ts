import { costOf } from '../../history/cost.ts'
import type { HistoryRow } from '../../history/row.ts'
import type { Run } from '../../runs/run.ts'

/**
 * What the last refused run will need: the most that its workflow has cost before, as a run that found
 * results in ComfyUI's cache cost less. Micro-USD; null if nothing shows it. `runs` and `rows` are
 * newest first.
 */
export function costOfRefused(runs: readonly Run[], rows: readonly HistoryRow[]): number | null {
  const refused = runs.find(({ reason }) => reason === 'payment-required')
  if (!refused) return null
  const alike = new Set(
    runs
      .filter((run) => run.outcome === 'succeeded' && isSameWorkflow(refused, run))
      .map(({ promptId }) => `run:${promptId}`),
  )
  if (alike.size === 0) return null
  const costs = rows.filter(({ id }) => alike.has(id)).flatMap((row) => costOf(row) ?? [])
  const most = Math.max(0, ...costs)
  return most === 0 ? null : most
}

/** Without hashes by its name, which many may have, and by the nodes that asked in it. */
function isSameWorkflow(refused: Run, other: Run): boolean {
  if (refused.workflowHash !== null && other.workflowHash !== null) {
    return refused.workflowHash === other.workflowHash
  }
  const asked = refused.calls.filter(({ nodeType }) => nodeType !== null)
  return (
    refused.workflow === other.workflow &&
    asked.length > 0 &&
    asked.every(({ nodeId, nodeType }) =>
      other.calls.some((call) => call.nodeId === nodeId && call.nodeType === nodeType),
    )
  )
}
