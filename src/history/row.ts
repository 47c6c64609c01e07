import type { Denial } from '../billing-account/port.ts'
import type { CostShare } from '../run-archive/summary.ts'
import type { OutputFile } from '../runs/output-file.ts'
import type { Run } from '../runs/run.ts'
import type { Cost, Verdict } from '../reconciliation/verdict.ts'
import type { AccountEvent } from '../account-events/account-event.ts'

/**
 * `unexplained`: the balance changed, and neither the account nor a run of this browser says why.
 * `shared`: it did because of runs that announced nothing; what each of them cost is not known.
 * `refused`: the server did not take what was queued.
 */
export const rowKinds = [
  'run',
  'usage',
  'top-up',
  'refund',
  'dispute',
  'adjustment',
  'account',
  'other',
  'unexplained',
  'shared',
  'refused',
] as const
export type RowKind = (typeof rowKinds)[number]

export const rowStatuses = [
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'interrupted',
  'cached',
  'lost',
  'unknown',
] as const satisfies readonly (Run['outcome'] | 'unknown')[]
export type RowStatus = (typeof rowStatuses)[number]

/**
 * What a row did to the balance, and how we know.
 * - `actual`: the account says so. `complete` is false while events of it may be on a later page.
 * - `announced`: the run's own texts said so and the account has not yet; credits, not negative.
 * - `none`: nothing was charged. `unknown`: nobody has said.
 */
export type RowChange =
  | { readonly basis: 'actual'; readonly usdMicros: number; readonly complete: boolean }
  | { readonly basis: 'announced'; readonly credits: number }
  | { readonly basis: 'none' }
  | { readonly basis: 'unknown' }

export interface Tokens {
  readonly input: number | null
  readonly output: number | null
}

/** What a row is made of, for its details. */
export interface RowParts {
  /** As this browser saw it; null for a run of elsewhere, and what is none. */
  readonly run: Run | null
  /** What is known of a run's cost besides; null for what is no run, and while nobody has looked. */
  readonly verdict: Verdict | null
  /** What the account says of it. */
  readonly events: readonly AccountEvent[]
}

/** What the list says without opening a row: there may be a hundred thousand of them. */
export interface HistoryRow {
  readonly id: string
  readonly kind: RowKind
  /** Epoch milliseconds: a run's start, an event's time; null when unknown. */
  readonly at: number | null
  /** Of a run that has ended in this browser's sight, or of a call that the account has timed. */
  readonly durationMs: number | null
  readonly status: RowStatus
  readonly reason: Run['reason']
  /** Why the account refused the run, where it did and said so. */
  readonly denial: Denial | null
  /** The API's name of the event, for types without words of their own; a refusal's code. */
  readonly eventType: string | null
  /** The server's id of a run; null for what is none. */
  readonly promptId: string | null
  readonly workflow: string | null
  /** The same for the same nodes and links, whatever their values. */
  readonly workflowHash: string | null
  /** Titles or types of the nodes that called, without repeats. */
  readonly nodes: readonly string[]
  readonly models: readonly string[]
  /** Who of a workspace it was, and by which API key, where the account says so. */
  readonly members: readonly string[]
  readonly apiKeys: readonly string[]
  readonly calls: number
  readonly tokens: Tokens | null
  readonly change: RowChange
  /** The first file that a run put out; null where none is known. */
  readonly output: OutputFile | null
  /** What was got for what it cost; null for what is no run, and while nobody has looked. */
  readonly word: Verdict['word'] | null
  /** What was said before, where later evidence has changed the figure. */
  readonly revised: Cost | null
  /** What each node and model cost, of a run whose parts are still in the database; else null. */
  readonly shares: readonly CostShare[] | null
  /** Null while they are still in the database. */
  readonly parts: RowParts | null
}

/**
 * What every row begins with. All keys are here: an object that is spread and then given further
 * ones gets a hidden class of its own from V8, and a hundred thousand of these make every pass over
 * the rows twenty times slower.
 */
export const blankRow: HistoryRow = {
  id: '',
  kind: 'other',
  at: null,
  durationMs: null,
  status: 'unknown',
  reason: null,
  denial: null,
  eventType: null,
  promptId: null,
  workflow: null,
  workflowHash: null,
  nodes: [],
  models: [],
  members: [],
  apiKeys: [],
  calls: 0,
  tokens: null,
  change: { basis: 'unknown' },
  output: null,
  word: null,
  revised: null,
  shares: null,
  parts: null,
}
