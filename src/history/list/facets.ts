import type { HistoryRow, RowKind, RowStatus } from '../row.ts'
import { costsCredits, roughCertaintyOf, type RoughCertainty } from './filter.ts'

export interface Choice<T> {
  readonly value: T
  /** In how many rows it is. */
  readonly count: number
}

/** What there is to choose from, the commonest first. */
export interface Facets {
  readonly kinds: readonly Choice<RowKind>[]
  readonly outcomes: readonly Choice<RowStatus>[]
  readonly workflows: readonly Choice<string>[]
  readonly nodes: readonly Choice<string>[]
  readonly models: readonly Choice<string>[]
  readonly members: readonly Choice<string>[]
  readonly apiKeys: readonly Choice<string>[]
  readonly certainties: readonly Choice<RoughCertainty>[]
}

export function facetsOf(rows: readonly HistoryRow[]): Facets {
  const counts = {
    kinds: new Counts<RowKind>(),
    outcomes: new Counts<RowStatus>(),
    workflows: new Counts<string>(),
    nodes: new Counts<string>(),
    models: new Counts<string>(),
    members: new Counts<string>(),
    apiKeys: new Counts<string>(),
    certainties: new Counts<RoughCertainty>(),
  }
  for (const row of rows) {
    counts.kinds.add(row.kind)
    counts.certainties.add(roughCertaintyOf(row.change))
    if (costsCredits(row)) counts.outcomes.add(row.status)
    if (row.workflow !== null) counts.workflows.add(row.workflow)
    for (const node of row.nodes) counts.nodes.add(node)
    for (const model of row.models) counts.models.add(model)
    for (const member of row.members) counts.members.add(member)
    for (const name of row.apiKeys) counts.apiKeys.add(name)
  }
  return {
    kinds: counts.kinds.choices,
    outcomes: counts.outcomes.choices,
    workflows: counts.workflows.choices,
    nodes: counts.nodes.choices,
    models: counts.models.choices,
    members: counts.members.choices,
    apiKeys: counts.apiKeys.choices,
    certainties: counts.certainties.choices,
  }
}

class Counts<T> {
  readonly #counts = new Map<T, number>()

  add(value: T): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1)
  }

  get choices(): Choice<T>[] {
    return [...this.#counts]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count)
  }
}
