import { sumCredits, usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { clip } from '../runs/clip.ts'
import { MAX_NAMES } from './bounds.ts'
import { isOfInterest, type Call, type Run } from '../runs/run.ts'
import type { Certainty, Cost, JudgedCall, Measures, Verdict } from '../reconciliation/verdict.ts'

/** Of more a row is not split. */
export const MAX_SHARES = 50

/** The verdict on a run's cost, without its evidence. */
export type SummaryCost = Pick<Verdict, 'usdMicros' | 'certainty' | 'word'> & {
  readonly revised: Cost | null
}

/** What the calls of one node and model cost together, as far as one certainty goes. */
export interface CostShare {
  readonly node: string | null
  readonly model: string | null
  /** Null when unknown. */
  readonly usdMicros: number | null
  readonly certainty: Certainty
  /** What their texts said; null where they said no price. */
  readonly announcedCredits: number | null
}

/** What a list knows of a stored run without opening it; times are epoch milliseconds. */
export interface RunSummary
  extends
    Pick<Run, 'promptId' | 'startedAt' | 'endedAt' | 'outcome' | 'reason' | 'denial'>,
    Pick<Run, 'workflow' | 'workflowHash' | 'announcedCredits' | 'output'>,
    Pick<Measures, 'inputTokens' | 'outputTokens'> {
  /** Titles or types of the nodes that called, without repeats. */
  readonly nodes: readonly string[]
  /** As the account named them, without repeats. */
  readonly models: readonly string[]
  /** Who of a workspace it was, and by which API key; absent where the account does not say. */
  readonly members?: readonly string[] | undefined
  readonly apiKeys?: readonly string[] | undefined
  /** Only of a run of several nodes or models: what each of them cost. */
  readonly shares?: readonly CostShare[] | undefined
  /** How many nodes called. */
  readonly calls: number
  /** Null while nobody has judged the run. */
  readonly cost: SummaryCost | null
}

export function summaryOf(run: Run, verdict: Verdict | null): RunSummary {
  const measures = verdict?.calls.flatMap((call) => call.measures ?? []) ?? []
  const nodes = names(run.calls.map(nodeOf))
  const models = names(measures.map(({ model }) => model))
  return {
    promptId: run.promptId,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    outcome: run.outcome,
    reason: run.reason,
    denial: run.denial,
    workflow: clip(run.workflow),
    workflowHash: run.workflowHash,
    nodes,
    models,
    members: verdict?.who && names(verdict.who.members),
    apiKeys: verdict?.who && names(verdict.who.apiKeys),
    shares: nodes.length > 1 || models.length > 1 ? sharesOf(run, verdict) : undefined,
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

const nodeOf = ({ title, nodeType }: Call): string | null => title ?? nodeType

function sharesOf({ calls }: Run, verdict: Verdict | null): CostShare[] | undefined {
  const judged = new Map(verdict?.calls.map((call) => [call.nodeId, call]))
  const shares = new Map<string, CostShare>()
  for (const call of calls) {
    const share = shareOf(call, judged.get(call.nodeId))
    const key = JSON.stringify([share.node, share.model, share.certainty])
    const before = shares.get(key)
    shares.set(key, before ? addShares(before, share) : share)
  }
  return shares.size > MAX_SHARES ? undefined : [...shares.values()]
}

function shareOf(call: Call, judged: JudgedCall | undefined): CostShare {
  const { announcedCredits } = call
  const quoted = announcedCredits === null ? null : usdMicrosFromCredits(announcedCredits)
  return {
    node: clip(nodeOf(call)),
    model: clip(judged?.measures?.model ?? null),
    usdMicros: judged ? judged.usdMicros : quoted,
    certainty: judged?.certainty ?? (quoted === null ? 'unknown' : 'announced'),
    announcedCredits,
  }
}

function addShares(a: CostShare, b: CostShare): CostShare {
  const credits = [a.announcedCredits ?? [], b.announcedCredits ?? []].flat()
  return {
    ...a,
    usdMicros: a.usdMicros === null || b.usdMicros === null ? null : a.usdMicros + b.usdMicros,
    announcedCredits: credits.length === 0 ? null : sumCredits(credits),
  }
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
