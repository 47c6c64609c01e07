import { exactCreditsFromUsdMicros, usdFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Certainty } from '../../reconciliation/verdict.ts'
import { certaintyOf, changedUsdMicros, exactCredits } from '../cost.ts'
import { memberEmailsOf } from '../members.ts'
import { movementOf, type Movement } from '../movement.ts'
import type { HistoryRow } from '../row.ts'

/**
 * A row of the history as it leaves the panel: in this order the columns of the CSV file, by these
 * names the fields of the JSON file. Null is what nobody has said; a cell is empty then.
 */
export interface OutRow {
  /** ISO 8601 with the person's zone: of a run its start, of an event when the account wrote it. */
  readonly time: string | null
  /** `run`, `usage` (a call of no known run), `top-up`, `refund`, `adjustment`, `unexplained`, … */
  readonly kind: string
  /** `succeeded`, `failed`, `cancelled`, `interrupted`, `cached`, `lost`, `running` or `unknown`. */
  readonly status: string
  /** The API's name of the event, where there is just one. */
  readonly event_type: string | null
  readonly workflow: string | null
  readonly nodes: readonly string[]
  readonly models: readonly string[]
  /** Who of a workspace it was, and by which API key, where the account says so. */
  readonly members: readonly string[]
  readonly member_emails: readonly string[]
  readonly api_keys: readonly string[]
  readonly calls: number
  readonly duration_ms: number | null
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  /**
   * What a change of the balance is called: only what is `spent` is a cost of a run or of usage. A
   * refund, a dispute or an adjustment has a name of its own, so that sums by this column are true.
   */
  readonly movement: Movement | null
  /** What it did to the balance: negative where credits left it. Six decimals are exact. */
  readonly credits: number | null
  /** The same in US dollars, at 211 credits each. */
  readonly usd: number | null
  /** The same as a whole number, which is what the account counts in. */
  readonly micro_usd: number | null
  /** How `credits` is known. `at-least`: more may be to come. `announced`: only the run said so. */
  readonly certainty: Certainty
  /** Null where it cannot be said to the cent. */
  readonly balance_after_credits: number | null
  readonly prompt_id: string | null
  /** Of the account's events that are in it, as far as this page has loaded them. */
  readonly event_ids: readonly string[]
  /** Why the account refused the run, in its own code, where it said so then. */
  readonly denied_reason: string | null
}

export const columns = [
  'time',
  'kind',
  'status',
  'event_type',
  'workflow',
  'nodes',
  'models',
  'members',
  'member_emails',
  'api_keys',
  'calls',
  'duration_ms',
  'input_tokens',
  'output_tokens',
  'movement',
  'credits',
  'usd',
  'micro_usd',
  'certainty',
  'balance_after_credits',
  'prompt_id',
  'event_ids',
  'denied_reason',
] as const satisfies readonly (keyof OutRow)[]

/** What the balance was after a row, in micro-USD; null where that is not known. */
export type BalanceAfter = (row: HistoryRow) => number | null

export function outRow(row: HistoryRow, balanceAfter: BalanceAfter): OutRow {
  const usdMicros = changedUsdMicros(row.change)
  const balance = balanceAfter(row)
  return {
    time: row.at === null ? null : zonedTime(row.at),
    kind: row.kind,
    status: row.status,
    event_type: row.eventType,
    workflow: row.workflow,
    nodes: row.nodes,
    models: row.models,
    members: row.members,
    member_emails: memberEmailsOf(row.parts?.events ?? []),
    api_keys: row.apiKeys,
    calls: row.calls,
    duration_ms: row.durationMs,
    input_tokens: row.tokens?.input ?? null,
    output_tokens: row.tokens?.output ?? null,
    movement: movementOf(row),
    credits: exactCredits(row.change),
    usd: usdMicros === null ? null : usdFromUsdMicros(usdMicros),
    micro_usd: usdMicros,
    certainty: certaintyOf(row.change),
    balance_after_credits: balance === null ? null : exactCreditsFromUsdMicros(balance),
    prompt_id: row.promptId,
    event_ids: row.parts?.events.map(({ id }) => id) ?? [],
    denied_reason: row.denial?.reason ?? null,
  }
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
