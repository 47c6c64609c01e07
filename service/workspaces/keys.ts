import { randomUUID } from 'node:crypto'
import { and, desc, eq, gt, isNull, or, sql, type SQL } from 'drizzle-orm'
import { hashApiKey } from '../auth/api-keys.ts'
import { isUuid } from '../database/columns.ts'
import type { Database, Transaction } from '../database/open.ts'
import {
  accounts,
  apiKeys,
  workspaces,
  type Account,
  type ApiKey,
  type PersonAccount,
  type Workspace,
} from '../database/schema.ts'
import { ServiceError } from '../errors.ts'

/**
 * API keys: made, listed, changed and revoked. A key is readable once, in the answer that makes it;
 * from then on its prefix stands for it. Every request asks the database for its key, so what is
 * changed here counts at once on all instances.
 */

/** A person's own workspace, which may have no row, or a team. */
export interface KeyScope {
  readonly workspaceId: string
  readonly type: 'personal' | 'team'
}

export interface StoredKey {
  readonly key: Omit<ApiKey, 'keyHash'>
  /** Who uses it. */
  readonly person: Account
}

export interface NewKey {
  /** Default: a random one. */
  readonly key?: string | undefined
  readonly name: string | null
  readonly expiresAt: Date | null
}

/** Of live keys: nobody needs more, and a list stays a list. */
const MAX_LIVE_KEYS = 100
const LISTED = 200
const PREFIX_LENGTH = 14

/** At most a quarter of the key, so that the rest cannot be guessed. */
function prefixOf(key: string): string {
  return key.slice(0, Math.min(PREFIX_LENGTH, Math.floor(key.length / 4)))
}

/** For the support's function, too: the same key again changes nothing. Returns the key itself. */
export async function storeKey(
  db: Database,
  owner: { readonly accountId: string; readonly workspaceId: string | null },
  { key = `comfyui-${randomUUID()}`, name, expiresAt }: NewKey,
): Promise<{ key: string; stored: Omit<ApiKey, 'keyHash'> }> {
  const keyHash = hashApiKey(key)
  await db
    .insert(apiKeys)
    .values({ keyHash, keyPrefix: prefixOf(key), ...owner, name, expiresAt })
    .onConflictDoNothing()
  const [stored] = await db.select().from(apiKeys).where(eq(apiKeys.keyHash, keyHash))
  if (stored?.accountId === owner.accountId && stored.workspaceId === owner.workspaceId) {
    return { key, stored }
  }
  throw new ServiceError('conflict', 'This API key belongs to another account.')
}

/** A new key of the workspace for this person. */
export function makeKey(
  db: Database,
  scope: KeyScope,
  person: PersonAccount,
  wanted: Omit<NewKey, 'key'>,
): Promise<{ key: string; stored: StoredKey }> {
  return db.transaction(async (tx) => {
    await lockScope(tx, scope)
    const live = await tx.$count(apiKeys, and(ofScope(scope), isLive))
    if (live >= MAX_LIVE_KEYS) {
      throw new ServiceError(
        'conflict',
        `A workspace has ${MAX_LIVE_KEYS} API keys at most. Revoke one that is not needed.`,
      )
    }
    const workspaceId = scope.type === 'team' ? scope.workspaceId : null
    const { key, stored } = await storeKey(tx, { accountId: person.id, workspaceId }, wanted)
    return { key, stored: { key: stored, person } }
  })
}

/** One key at a time, so that many made at once are not more than there may be. */
async function lockScope(tx: Transaction, { type, workspaceId }: KeyScope): Promise<void> {
  const table = type === 'team' ? workspaces : accounts
  await tx
    .select({ id: table.id })
    .from(table)
    .where(eq(table.id, workspaceId))
    .for('no key update')
}

const isLive = and(
  isNull(apiKeys.revokedAt),
  or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`)),
)

/** A key of a person's own workspace may name none. */
function ofScope({ workspaceId, type }: KeyScope): SQL | undefined {
  if (type === 'team') return eq(apiKeys.workspaceId, workspaceId)
  return and(
    eq(apiKeys.accountId, workspaceId),
    or(isNull(apiKeys.workspaceId), eq(apiKeys.workspaceId, workspaceId)),
  )
}

/** The keys of a workspace: those that work, then those that have ended, the newest of each first. */
export function listKeys(db: Database, scope: KeyScope): Promise<StoredKey[]> {
  return selectKeys(db, ofScope(scope))
}

/** The keys of a person, in whatever workspace. */
export function listKeysOf(db: Database, subject: string): Promise<StoredKey[]> {
  return selectKeys(db, eq(accounts.subject, subject))
}

function selectKeys(db: Database, wanted: SQL | undefined): Promise<StoredKey[]> {
  return (
    db
      .select({ key: apiKeys, person: accounts })
      .from(apiKeys)
      .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
      .where(wanted)
      // However many were made and revoked since, no key that works is missing.
      .orderBy(sql`(${isLive}) desc`, desc(apiKeys.createdAt))
      .limit(LISTED)
  )
}

/** What may be changed of a key; `scope` null: of any workspace, for support. */
export async function changeKey(
  db: Database,
  scope: KeyScope | null,
  id: string,
  change: { readonly name?: string | null; readonly expiresAt?: Date | null },
): Promise<void> {
  await requireKey(db, scope, id)
  if (Object.keys(change).length === 0) return
  const changed = await db
    .update(apiKeys)
    .set(change)
    .where(and(eq(apiKeys.id, id), isLive))
    .returning()
  if (changed.length > 0) return
  throw new ServiceError('conflict', 'This API key has ended. Make another one.')
}

/** From now on it is refused, with every token made for it. To repeat it changes nothing. */
export async function revokeKey(db: Database, scope: KeyScope | null, id: string): Promise<void> {
  await requireKey(db, scope, id)
  await db
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, clock_timestamp())` })
    .where(eq(apiKeys.id, id))
}

export async function findKey(
  db: Database,
  scope: KeyScope | null,
  id: string,
): Promise<StoredKey | null> {
  if (!isUuid(id)) return null
  const ofIt = scope === null ? undefined : ofScope(scope)
  const [found] = await selectKeys(db, and(eq(apiKeys.id, id), ofIt))
  return found ?? null
}

/** Throws `not-found` for a key of another workspace as for one that there is not. */
async function requireKey(db: Database, scope: KeyScope | null, id: string): Promise<void> {
  if ((await findKey(db, scope, id)) === null) {
    throw new ServiceError('not-found', 'There is no such API key.')
  }
}

/** Of a workspace that has a row. */
export function scopeOf({ id, personId }: Workspace): KeyScope {
  return { workspaceId: id, type: personId === null ? 'team' : 'personal' }
}
