import { and, count, desc, eq, gte, lte, type SQL } from 'drizzle-orm'
import type { AccountEventBody, EventsPageBody } from '@comfyui-credits/contract/schemas'
import type { Database } from '../database/open.ts'
import { accountEvents, type AccountEvent } from '../database/schema.ts'
import type { ContractMode } from '../settings.ts'

export interface EventsFilter {
  readonly page: number
  readonly limit: number
  readonly eventType: string | null
  readonly from: Date | null
  readonly to: Date | null
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

/** One page of an account's events, newest first. */
export async function listEvents(
  db: Database,
  accountId: string,
  filter: EventsFilter,
  contract: ContractMode,
): Promise<EventsPageBody> {
  const conditions: SQL[] = [eq(accountEvents.accountId, accountId)]
  if (filter.eventType !== null) conditions.push(eq(accountEvents.eventType, filter.eventType))
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
  return {
    total,
    page: filter.page,
    limit: filter.limit,
    totalPages: Math.ceil(total / filter.limit),
    events: rows.map((row) => toBody(row, contract)),
  }
}

function toBody(row: AccountEvent, contract: ContractMode): AccountEventBody {
  const params = { ...row.params }
  if (contract === 'plain') for (const name of additions) delete params[name]
  return {
    event_id: row.id,
    event_type: row.eventType,
    createdAt: row.createdAt.toISOString(),
    params,
  }
}
