import { clip } from '../runs/clip.ts'
import { isOfInterest, type Run } from '../runs/run.ts'
import type { Cost, Measures, Verdict } from '../reconciliation/verdict.ts'

/** More names than anybody reads in a row, or pays for in a run. */
const MAX_NAMES = 50

/** The verdict on a run's cost, without its evidence. */
export type SummaryCost = Pick<Verdict, 'usdMicros' | 'certainty' | 'word'> & {
  readonly revised: Cost | null
}

/** What a list knows of a stored run without opening it; times are epoch milliseconds. */
export interface RunSummary
  extends
    Pick<Run, 'promptId' | 'startedAt' | 'endedAt' | 'outcome' | 'reason'>,
    Pick<Run, 'workflow' | 'workflowHash' | 'announcedCredits' | 'output'>,
    Pick<Measures, 'inputTokens' | 'outputTokens'> {
  /** Titles or types of the nodes that called, without repeats. */
  readonly nodes: readonly string[]
  /** As the account named them, without repeats. */
  readonly models: readonly string[]
  /** How many nodes called. */
  readonly calls: number
  /** Null while nobody has judged the run. */
  readonly cost: SummaryCost | null
}

export function summaryOf(run: Run, verdict: Verdict | null): RunSummary {
  const measures = verdict?.calls.flatMap((call) => call.measures ?? []) ?? []
  return {
    promptId: run.promptId,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    outcome: run.outcome,
    reason: run.reason,
    workflow: clip(run.workflow),
    workflowHash: run.workflowHash,
    nodes: names(run.calls.map(({ title, nodeType }) => title ?? nodeType)),
    models: names(measures.map(({ model }) => model)),
    calls: run.calls.length,
    inputTokens: sumOrNull(measures.map(({ inputTokens }) => inputTokens)),
    outputTokens: sumOrNull(measures.map(({ outputTokens }) => outputTokens)),
    announcedCredits: run.announcedCredits,
    output: run.output,
    cost: verdict && costOf(verdict),
  }
}

function costOf({ usdMicros, certainty, word, revised }: Verdict): SummaryCost {
  return { usdMicros, certainty, word, revised }
}

function names(all: readonly (string | null)[]): string[] {
  return [...new Set(all.flatMap((name) => clip(name) ?? []))].slice(0, MAX_NAMES)
}

function sumOrNull(numbers: readonly (number | null)[]): number | null {
  const known = numbers.flatMap((number) => number ?? [])
  return known.length === 0 ? null : known.reduce((sum, number) => sum + number, 0)
}

/** As `loseSight` of runs: nobody follows these any more. The same list where there are none. */
export function loseSightOf(
  summaries: readonly RunSummary[],
  idleAt: number | null,
): readonly RunSummary[] {
  if (idleAt === null) return summaries
  const isLost = ({ outcome, startedAt }: RunSummary): boolean =>
    outcome === 'running' && startedAt < idleAt
  if (!summaries.some(isLost)) return summaries
  return summaries.map((summary) =>
    isLost(summary) ? { ...summary, outcome: 'lost', endedAt: idleAt } : summary,
  )
}

/**
 * Stored summaries with those of runs that this page knows better: which are not stored yet,
 * or not with their end. Both newest first, and so is what comes.
 */
export function withRuns(
  stored: readonly RunSummary[],
  runs: readonly Run[],
  verdicts: ReadonlyMap<string, Verdict>,
): readonly RunSummary[] {
  const wanted = new Map(runs.filter(isOfInterest).map((run) => [run.promptId, run]))
  const oldest = runs.at(-1)?.startedAt ?? Infinity
  for (const { promptId, startedAt, outcome } of stored) {
    if (startedAt < oldest) break
    if (outcome !== 'running' && outcome !== 'lost') wanted.delete(promptId)
  }
  if (wanted.size === 0) return stored
  const better = [...wanted.values()].map((run) =>
    summaryOf(run, verdicts.get(run.promptId) ?? null),
  )
  const others = stored.filter(({ promptId }) => !wanted.has(promptId))
  return [...better, ...others].toSorted((a, b) => b.startedAt - a.startedAt)
}
