import type { HistoryRow } from '../history/row.ts'
import type { LimitScope } from './limit.ts'

/** What a limit can be for, by name. */
export interface KnownScopes {
  readonly workflows: readonly string[]
  readonly models: readonly string[]
}

/** A list to choose from is of no use when it is longer. */
const MOST = 100

/** The open workflow first, then those that were run last. */
export function knownScopes(rows: readonly HistoryRow[], openWorkflow: string | null): KnownScopes {
  const workflows = new Set(openWorkflow === null ? [] : [openWorkflow])
  const models = new Set<string>()
  for (const { workflow, models: own } of rows) {
    if (workflow !== null && workflows.size < MOST) workflows.add(workflow)
    for (const model of own) if (models.size < MOST) models.add(model)
  }
  return { workflows: [...workflows], models: [...models] }
}

/** With what a limit is for already, which nothing else may know. */
export function withScope(known: KnownScopes, scope: LimitScope): KnownScopes {
  switch (scope.kind) {
    case 'all':
      return known
    case 'workflow':
      return { ...known, workflows: add(known.workflows, scope.name) }
    case 'model':
      return { ...known, models: add(known.models, scope.model) }
  }
}

function add(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name]
}
