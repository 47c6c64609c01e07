import type { Change } from '../reconciliation/reconcile.ts'
import type { RunSummary } from '../run-archive/summary.ts'
import type { RefusedAttempt, Run } from '../runs/run.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import { blankRow, type HistoryRow, type RowChange, type RowParts } from './row.ts'

/** While a run goes on, what it has said so far is all there is; nobody judges it before its end. */
export function withVerdict(row: HistoryRow, parts: RowParts, verdict: Verdict): HistoryRow {
  const { run } = parts
  if (!run || run.endedAt === null) return row
  const { word, revised, who } = verdict
  return {
    ...row,
    // Its events may be on a page that is not loaded: then as they were when they were.
    ...(row.members.length + row.apiKeys.length === 0 && who),
    word,
    revised,
    change: judgedChange(run, verdict),
    parts: { ...parts, verdict },
  }
}

/** What a run that has ended did to the balance; `cost` null while nobody has judged it. */
function judgedChange(
  run: Pick<Run, 'announcedCredits' | 'reason'>,
  cost: Pick<Verdict, 'usdMicros' | 'certainty' | 'word'> | null,
): RowChange {
  if (cost?.certainty === 'proved' && cost.usdMicros === 0) return { basis: 'none' }
  if (cost && cost.word !== 'open' && cost.usdMicros !== null) {
    return {
      basis: 'actual',
      usdMicros: -cost.usdMicros,
      complete: cost.certainty === 'proved',
    }
  }
  if (run.announcedCredits !== null) return { basis: 'announced', credits: run.announcedCredits }
  const refused = run.reason === 'payment-required' || run.reason === 'unauthorized'
  return refused && cost?.certainty === 'announced' ? { basis: 'none' } : { basis: 'unknown' }
}

/** What of a change the rows of runs and events leave out. */
export function rowsOfChange({ span, parts, unexplainedUsdMicros }: Change): HistoryRow[] {
  const rows = parts.flatMap((part) => {
    if (part.kind === 'runs') {
      const calls = part.promptIds.length + part.eventIds.length
      return [openRow('shared', span, part.usdMicros, calls)]
    }
    if (part.kind !== 'overheard') return []
    const row = openRow('usage', span, part.usdMicros, 1)
    return [{ ...row, id: `${row.id}:${part.nodeId}:${part.usdMicros}` }]
  })
  if (unexplainedUsdMicros === 0) return rows
  return [...rows, openRow('unexplained', span, unexplainedUsdMicros, 0)]
}

function openRow(
  kind: 'shared' | 'unexplained' | 'usage',
  { from, to }: Change['span'],
  usdMicros: number,
  calls: number,
): HistoryRow {
  return {
    ...blankRow,
    id: `${kind}:${from.at}:${to.at}`,
    kind,
    at: to.at,
    calls,
    change: { basis: 'actual', usdMicros, complete: true },
    parts: { run: null, verdict: null, events: [] },
  }
}

/** A stored run, by its summary; what it is made of stays in the database. */
export function storedRow(summary: RunSummary): HistoryRow {
  const { promptId, startedAt, endedAt, inputTokens, outputTokens, cost } = summary
  return {
    ...blankRow,
    id: `run:${promptId}`,
    kind: 'run',
    at: startedAt,
    durationMs: endedAt === null ? null : endedAt - startedAt,
    status: summary.outcome,
    reason: summary.reason,
    denial: summary.denial ?? null,
    promptId,
    workflow: summary.workflow,
    workflowHash: summary.workflowHash,
    nodes: summary.nodes,
    models: summary.models,
    members: summary.members ?? [],
    apiKeys: summary.apiKeys ?? [],
    calls: summary.calls,
    tokens:
      inputTokens === null && outputTokens === null
        ? null
        : { input: inputTokens, output: outputTokens },
    change: judgedChange(summary, cost),
    output: summary.output,
    word: cost?.word ?? null,
    revised: cost?.revised ?? null,
    shares: summary.shares ?? null,
  }
}

/**
 * `rows` and, behind or between them, the other stored runs; newest first, as both are. A run that
 * has a row already gets no second one.
 */
export function withStored(
  rows: readonly HistoryRow[],
  summaries: readonly RunSummary[],
  rowOf: (summary: RunSummary) => HistoryRow,
): readonly HistoryRow[] {
  const known = new Set(rows.map(({ promptId }) => promptId))
  const merged: HistoryRow[] = []
  let next = 0
  for (const summary of summaries) {
    if (known.has(summary.promptId)) continue
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

/** A request that the server did not take: not a run, and free. */
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
