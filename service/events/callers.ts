import { and, eq, inArray } from 'drizzle-orm'
import { accounts, apiKeys, workspaceMembers, type AccountEvent } from '../database/schema.ts'
import type { Database } from '../database/open.ts'

/** Who made a call, as ComfyUI's API names them beside an event's `params`. */
interface CallerFields {
  readonly member_user_id?: string
  readonly member_display_name?: string
  readonly member_email?: string
  /** Of somebody who has left the workspace. */
  readonly member_former?: true
  readonly api_key_name?: string
  readonly api_key_prefix?: string
}

/**
 * The callers of these events by their names of today, so that a key that was renamed is found by its
 * name in all of them.
 */
export async function callersOf(
  db: Database,
  events: readonly AccountEvent[],
  workspaceId: string | null,
): Promise<(event: AccountEvent) => CallerFields> {
  if (workspaceId === null) return () => ({})
  const members = await membersById(db, idsIn(events, 'personId'), workspaceId)
  const keys = await keysById(db, idsIn(events, 'apiKeyId'))
  return ({ personId, apiKeyId }) => ({ ...members.get(personId), ...keys.get(apiKeyId) })
}

type ById = ReadonlyMap<string | null, CallerFields>

function idsIn(events: readonly AccountEvent[], column: 'personId' | 'apiKeyId'): string[] {
  return [...new Set(events.flatMap((event) => event[column] ?? []))]
}

async function membersById(db: Database, ids: string[], workspaceId: string): Promise<ById> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ person: accounts, joinedAt: workspaceMembers.joinedAt })
    .from(accounts)
    .leftJoin(
      workspaceMembers,
      and(
        eq(workspaceMembers.personId, accounts.id),
        eq(workspaceMembers.workspaceId, workspaceId),
      ),
    )
    .where(inArray(accounts.id, ids))
  return new Map(
    rows.map(({ person: { id, subject, name, email }, joinedAt }) => [
      id,
      {
        ...(subject !== null && { member_user_id: subject }),
        ...named('member_display_name', name ?? email),
        ...named('member_email', email),
        // A person is in their own workspace without a row.
        ...(joinedAt === null && id !== workspaceId && { member_former: true as const }),
      },
    ]),
  )
}

async function keysById(db: Database, ids: string[]): Promise<ById> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: apiKeys.id, name: apiKeys.name, keyPrefix: apiKeys.keyPrefix })
    .from(apiKeys)
    .where(inArray(apiKeys.id, ids))
  return new Map(
    rows.map(({ id, name, keyPrefix }) => [
      id,
      { ...named('api_key_name', name), ...named('api_key_prefix', keyPrefix) },
    ]),
  )
}

/** Without a value the field is absent. */
function named<Field extends keyof CallerFields>(
  field: Field,
  value: string | null,
): Partial<Record<Field, string>> {
  return value === null ? {} : ({ [field]: value } as Record<Field, string>)
}
