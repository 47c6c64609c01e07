import { and, count, desc, eq, gte, like, lte, not, type SQL } from 'drizzle-orm'
import type { AccountEventBody, EventsPageBody } from '@comfyui-credits/contract/schemas'
import type { Database } from '../database/open.ts'
import { accountEvents, type AccountEvent } from '../database/schema.ts'
import type { ContractMode, UsageContent } from '../settings.ts'
import { callersOf } from './callers.ts'

export interface EventsFilter {
  readonly page: number
  readonly limit: number
  readonly eventType: string | null
  readonly from: Date | null
  readonly to: Date | null
  /** Which of the account's; undefined: all. */
  readonly among?: SQL | undefined
}

/** Our additions to the events of ComfyUI's contract. */
const additions = [
  'session_id',
  'topup_id',
  'job_id',
  'node_type',
  'input_tokens',
  'output_tokens',
  'outcome',
] as const

/** What events of calls have, from the least on. */
const PLAIN = ['api_name', 'model'] as const
const PRICED = [...PLAIN, 'charge_micro_usd', 'duration_ms'] as const

/** How events are shown: as the contract has them, and calls with what the settings say. */
export interface EventsView {
  readonly contract: ContractMode
  readonly usageEvents: UsageContent
  /** The workspace whose members are named as the callers; null: nobody is named. */
  readonly workspaceId: string | null
}

/** An event of a call of a partner. */
export const isCall = like(accountEvents.eventType, 'api_usage_%')

/** One page of an account's events, newest first. */
export async function listEvents(
  db: Database,
  accountId: string,
  filter: EventsFilter,
  view: EventsView,
): Promise<EventsPageBody> {
  const conditions = [eq(accountEvents.accountId, accountId), filter.among]
  if (filter.eventType !== null) conditions.push(eq(accountEvents.eventType, filter.eventType))
  if (view.usageEvents === 'none') conditions.push(not(isCall))
  if (filter.from) conditions.push(gte(accountEvents.createdAt, filter.from))
  if (filter.to) conditions.push(lte(accountEvents.createdAt, filter.to))
  const chosen = and(...conditions)
  const rows = await db
    .select()
    .from(accountEvents)
    .where(chosen)
    .orderBy(desc(accountEvents.seq))
    .limit(filter.limit)
    .offset((filter.page - 1) * filter.limit)
  const [counted] = await db.select({ total: count() }).from(accountEvents).where(chosen)
  const total = counted?.total ?? 0
  const callers = await callersOf(db, rows, view.workspaceId)
  return {
    total,
    page: filter.page,
    limit: filter.limit,
    totalPages: Math.ceil(total / filter.limit),
    events: rows.map((row) => ({ ...toBody(row, view), ...callers(row) })),
  }
}

function toBody(row: AccountEvent, view: EventsView): AccountEventBody {
  return {
    event_id: row.id,
    event_type: row.eventType,
    createdAt: row.createdAt.toISOString(),
    params: paramsOf(row, view),
  }
}

function paramsOf({ eventType, params }: AccountEvent, { contract, usageEvents }: EventsView) {
  const hidden: readonly string[] = contract === 'plain' ? additions : []
  const ofCall = eventType.startsWith('api_usage_')
  const shown: readonly string[] | null =
    ofCall && usageEvents === 'plain' ? PLAIN : ofCall && usageEvents === 'priced' ? PRICED : null
  return Object.fromEntries(
    Object.entries(params).filter(
      ([name]) => !hidden.includes(name) && (shown === null || shown.includes(name)),
    ),
  )
}
