import type { RunSummary } from '../run-archive/summary.ts'
import type { ExpectedPart } from '../reservations/expected.ts'
import type { LimitScope } from './limit.ts'

/** Which model a node's calls were of, by its name, as the account has said of earlier runs. */
export type NodeModels = ReadonlyMap<string, string>

/** So many newest runs say it. */
export const MODEL_RUNS = 2000

export function nodeModels(summaries: readonly RunSummary[]): NodeModels {
  const models = new Map<string, string>()
  const learn = (node: string | null | undefined, model: string | null | undefined): void => {
    if (node && model && !models.has(node)) models.set(node, model)
  }
  for (const { nodes, models: named, shares } of summaries.slice(0, MODEL_RUNS)) {
    if (nodes.length === 1 && named.length === 1) learn(nodes[0], named[0])
    for (const { node, model } of shares ?? []) learn(node, model)
  }
  return models
}

interface Spender {
  readonly workflow: string | null
  readonly parts: readonly ExpectedPart[] | null
}

/**
 * How much of what a run costs is in the scope, from 0 to 1; null where that is not known. A run of
 * several nodes without prices has an equal share of each.
 */
export function shareIn(scope: LimitScope, run: Spender, learned: NodeModels): number | null {
  if (scope.kind === 'all') return 1
  if (scope.kind === 'workflow') return run.workflow === scope.name ? 1 : 0
  const { parts } = run
  if (parts === null || parts.length === 0) return null
  const total = parts.reduce((sum, { usdMicros }) => sum + usdMicros, 0)
  const weight = ({ usdMicros }: ExpectedPart): number =>
    total === 0 ? 1 / parts.length : usdMicros / total
  return parts
    .filter(({ names }) => isOfModel(names, scope.model, learned))
    .reduce((sum, part) => sum + weight(part), 0)
}

/** Whether any node of the run is in the scope, also one without a price. */
export function touches(scope: LimitScope, run: Spender, learned: NodeModels): boolean {
  if (scope.kind !== 'model') return shareIn(scope, run, learned) === 1
  return run.parts?.some(({ names }) => isOfModel(names, scope.model, learned)) ?? false
}

function isOfModel(names: readonly string[], model: string, learned: NodeModels): boolean {
  return names.some((name) => isSame(name, model) || isSame(learned.get(name), model))
}

/** Nodes and the account spell models with capitals, or without. */
function isSame(a: string | undefined, b: string): boolean {
  return a?.trim().toLowerCase() === b.trim().toLowerCase()
}
