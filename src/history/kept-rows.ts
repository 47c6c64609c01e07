import type { RunSummary } from '../run-archive/summary.ts'
import { judgedChange } from './judged-rows.ts'
import { blankRow, type HistoryRow } from './row.ts'

/** A run of earlier, as the database's summary tells it; what it is made of is left there. */
export function keptRow(summary: RunSummary): HistoryRow {
  const { promptId, startedAt, endedAt, inputTokens, outputTokens, cost } = summary
  return {
    ...blankRow,
    id: `run:${promptId}`,
    kind: 'run',
    at: startedAt,
    durationMs: endedAt === null ? null : endedAt - startedAt,
    status: summary.outcome,
    reason: summary.reason,
    promptId,
    workflow: summary.workflow,
    workflowHash: summary.workflowHash,
    nodes: summary.nodes,
    models: summary.models,
    calls: summary.calls,
    tokens:
      inputTokens === null && outputTokens === null
        ? null
        : { input: inputTokens, output: outputTokens },
    change: judgedChange(summary, cost),
    word: cost?.word ?? null,
    revised: cost?.revised ?? null,
  }
}

/**
 * `rows` and, behind or between them, what is kept besides; newest first, as both are. A run of
 * which there is a row already is not told again.
 */
export function withKept(
  rows: readonly HistoryRow[],
  summaries: readonly RunSummary[],
  rowOf: (summary: RunSummary) => HistoryRow,
): readonly HistoryRow[] {
  const told = new Set(rows.map(({ promptId }) => promptId))
  const merged: HistoryRow[] = []
  let next = 0
  for (const summary of summaries) {
    if (told.has(summary.promptId)) continue
    while (next < rows.length) {
      const row = rows[next]
      if (!row || (row.at ?? -Infinity) < summary.startedAt) break
      merged.push(row)
      next += 1
    }
    merged.push(rowOf(summary))
  }
  return merged.length === 0 ? rows : [...merged, ...rows.slice(next)]
}
