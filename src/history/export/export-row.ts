import { exactCreditsFromUsdMicros, usdFromUsdMicros } from '@comfyui-credits/contract/money'
import { certaintyOf, changedUsdMicros, exactCredits } from '../cost.ts'
import { memberEmailsOf } from '../members.ts'
import { movementOf } from '../movement.ts'
import type { HistoryRow } from '../row.ts'

/** What the balance was after a row, in micro-USD; null where that is not known. */
export type BalanceAfter = (row: HistoryRow) => number | null

interface Source {
  readonly row: HistoryRow
  /** Negative where credits left the balance. */
  readonly usdMicros: number | null
  readonly balanceAfterUsdMicros: number | null
}

/**
 * A row of the history as it leaves the panel: in this order the columns of the CSV file, by these
 * names the fields of the JSON file. Null is what nobody has said; a cell is empty then.
 */
const fields = {
  /** ISO 8601 with the person's zone: of a run its start, of an event when the account wrote it. */
  time: ({ row }) => (row.at === null ? null : zonedTime(row.at)),
  /** `run`, `usage` (a call of no known run), `top-up`, `refund`, `adjustment`, `unexplained`, … */
  kind: ({ row }) => row.kind,
  /** `succeeded`, `failed`, `cancelled`, `interrupted`, `cached`, `lost`, `running` or `unknown`. */
  status: ({ row }) => row.status,
  /** The API's name of the event, where there is just one. */
  event_type: ({ row }) => row.eventType,
  workflow: ({ row }) => row.workflow,
  nodes: ({ row }) => row.nodes,
  models: ({ row }) => row.models,
  /** Who of a workspace it was, and by which API key, where the account says so. */
  members: ({ row }) => row.members,
  member_emails: ({ row }) => memberEmailsOf(row.parts?.events ?? []),
  api_keys: ({ row }) => row.apiKeys,
  calls: ({ row }) => row.calls,
  duration_ms: ({ row }) => row.durationMs,
  input_tokens: ({ row }) => row.tokens?.input ?? null,
  output_tokens: ({ row }) => row.tokens?.output ?? null,
  /**
   * What a change of the balance is called: only what is `spent` is a cost of a run or of usage. A
   * refund, a dispute or an adjustment has a name of its own, so that sums by this column are true.
   */
  movement: ({ row }) => movementOf(row),
  /** What it did to the balance: negative where credits left it. Six decimals are exact. */
  credits: ({ row }) => exactCredits(row.change),
  /** The same in US dollars, at ComfyUI's rate. */
  usd: ({ usdMicros }) => (usdMicros === null ? null : usdFromUsdMicros(usdMicros)),
  /** The same as a whole number, which is what the account counts in. */
  micro_usd: ({ usdMicros }) => usdMicros,
  /** How `credits` is known. `at-least`: more may be to come. `announced`: only the run said so. */
  certainty: ({ row }) => certaintyOf(row.change),
  /** Null where it cannot be said to the cent. */
  balance_after_credits: ({ balanceAfterUsdMicros: usdMicros }) =>
    usdMicros === null ? null : exactCreditsFromUsdMicros(usdMicros),
  prompt_id: ({ row }) => row.promptId,
  /** Of the account's events that are in it, as far as this page has loaded them. */
  event_ids: ({ row }) => row.parts?.events.map(({ id }) => id) ?? [],
  /** Why the account refused the run, in its own code, where it said so then. */
  denied_reason: ({ row }) => row.denial?.reason ?? null,
} as const satisfies Record<string, (source: Source) => OutValue>

/** What a cell can hold. */
export type OutValue = string | number | readonly string[] | null

export type Column = keyof typeof fields

export const columns = Object.keys(fields) as readonly Column[]

/** By their columns, in that order. */
export type OutRow = { readonly [Name in Column]: ReturnType<(typeof fields)[Name]> }

export function outRow(row: HistoryRow, balanceAfter: BalanceAfter): OutRow {
  const source: Source = {
    row,
    usdMicros: changedUsdMicros(row.change),
    balanceAfterUsdMicros: balanceAfter(row),
  }
  const values = columns.map((column) => [column, fields[column](source)])
  return Object.fromEntries(values) as OutRow
}

const MINUTE_MS = 60_000

/** As `2026-11-22T09:30:00+01:00`: when it was, and what the person's clock said. */
function zonedTime(at: number): string | null {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return null
  const east = -date.getTimezoneOffset()
  const there = new Date(at + east * MINUTE_MS)
  // The furthest time there is may have no other one beside it.
  if (Number.isNaN(there.getTime())) return date.toISOString()
  const [hours, minutes] = [Math.floor(Math.abs(east) / 60), Math.abs(east) % 60]
  const zone = `${east < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`
  return `${there.toISOString().slice(0, -'.000Z'.length)}${zone}`
}

function two(part: number): string {
  return String(part).padStart(2, '0')
}
