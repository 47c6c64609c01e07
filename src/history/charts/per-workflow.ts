import type { HistoryRow } from '../row.ts'
import { addSpent, largestFirst, nothingSpent, spend, type Spent } from './spent.ts'

const MAX_WORKFLOWS = 10

export interface WorkflowCost {
  /** Null: the workflow had no name, or the run was not made in this browser. */
  readonly workflow: string | null
  readonly spent: Spent
}

export interface PerWorkflow {
  /** Largest first. */
  readonly largest: readonly WorkflowCost[]
  /** All beyond these, and how many workflows they are. */
  readonly others: { readonly count: number; readonly spent: Spent }
}

export function perWorkflow(rows: readonly HistoryRow[]): PerWorkflow {
  const known = new Map<string | null, Spent>()
  for (const row of rows) {
    if (row.kind !== 'run') continue
    let spent = known.get(row.workflow)
    if (!spent) {
      spent = nothingSpent()
      known.set(row.workflow, spent)
    }
    spend(spent, row)
  }
  const all = [...known].map(([workflow, spent]) => ({ workflow, spent })).toSorted(largestFirst)
  const kept = all.length === MAX_WORKFLOWS + 1 ? all.length : MAX_WORKFLOWS
  const others = { count: Math.max(0, all.length - kept), spent: nothingSpent() }
  for (const { spent } of all.slice(kept)) addSpent(others.spent, spent)
  return { largest: all.slice(0, kept), others }
}
