import { createHash } from 'node:crypto'
import { and, eq, gt, isNull, or, sql, type SQL } from 'drizzle-orm'
import type { Database } from '../database/open.ts'
import { accounts, apiKeys } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import type { Caller } from './caller.ts'

export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** Asks the database each time, so that a key revoked on one instance is refused on all. */
export async function verifyApiKey(db: Database, key: string): Promise<Caller> {
  const caller = await findCaller(db, eq(apiKeys.keyHash, hashApiKey(key)))
  if (caller) return caller
  throw new ServiceError('unauthorized', 'The API key is not known, has expired or was revoked.')
}

/** Throws `unauthorized` once the key that a token was made for is no longer good. */
export async function requireApiKey(db: Database, keyId: string): Promise<void> {
  if (await findCaller(db, eq(apiKeys.id, keyId))) return
  throw new ServiceError('unauthorized', 'The API key of this login has expired or was revoked.')
}

async function findCaller(db: Database, wanted: SQL): Promise<Caller | null> {
  const [owner] = await db
    .select({
      subject: accounts.subject,
      email: accounts.email,
      name: accounts.name,
      workspaceId: apiKeys.workspaceId,
      keyId: apiKeys.id,
      expiresAt: apiKeys.expiresAt,
    })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .where(
      and(
        wanted,
        isNull(apiKeys.revokedAt),
        or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`)),
      ),
    )
  if (!owner || owner.subject === null) return null
  return { ...owner, subject: owner.subject, method: 'api-key' }
}
