import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Database } from '../database/open.ts'
import { accounts, apiKeys } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import type { Caller } from './caller.ts'

export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

export async function verifyApiKey(db: Database, key: string): Promise<Caller> {
  const [owner] = await db
    .select({
      subject: accounts.subject,
      email: accounts.email,
      name: accounts.name,
      workspaceId: apiKeys.workspaceId,
    })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .where(eq(apiKeys.keyHash, hashApiKey(key)))
  if (!owner || owner.subject === null) {
    throw new ServiceError('unauthorized', 'The API key is not known.')
  }
  return { ...owner, subject: owner.subject, method: 'api-key' }
}
