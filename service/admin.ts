import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { centsFromUsdMicros } from '../contract/money.ts'
import { hashApiKey } from './auth/api-keys.ts'
import { ensureAccount } from './customers/accounts.ts'
import { openDatabase, type Database, type DatabaseLocation } from './database/open.ts'
import { apiKeys, type Account } from './database/schema.ts'
import { ServiceError } from './errors.ts'
import { recordEvent } from './events/record.ts'
import { appendEntry, type Appended } from './ledger/append.ts'
import { createLog } from './log.ts'

interface Adjustment {
  /** `sub` of the person's identity token. */
  readonly subject: string
  readonly email?: string
  readonly name?: string
  /** Signed; 0 only makes the account. */
  readonly usdMicros: number
  /** The same reference again changes nothing; with another amount it is a conflict. */
  readonly reference: string
  /** The person reads it in their history. */
  readonly reason: string
  /** Default `adjustment`. */
  readonly kind?: 'adjustment' | 'refund'
}

export interface Admin {
  /** Adds to (or takes from) a balance; makes the account when there is none. */
  adjust(adjustment: Adjustment): Promise<Appended | null>
  /**
   * Gives the account an API key: the one given, else a new random one. Only its hash is kept, so
   * the answer is the one time it can be read.
   */
  createApiKey(owner: { subject: string; email?: string; key?: string }): Promise<string>
  close(): Promise<void>
}

/**
 * What support does to accounts, and what a sandbox is filled with. Opens the database itself: a
 * folder must not be in use by a running service; a server may be.
 */
export async function openAdmin(location: DatabaseLocation): Promise<Admin> {
  const database = await openDatabase(location, createLog('warn'))
  return { ...adminOf(database.db), close: database.close }
}

/** The same on a database that is open already. */
export function adminOf(db: Database): Omit<Admin, 'close'> {
  return {
    async adjust(adjustment) {
      const account = await accountOf(db, adjustment)
      return adjustment.usdMicros === 0 ? null : adjust(db, account, adjustment)
    },
    async createApiKey({ key = `comfyui-${randomUUID()}`, ...owner }) {
      const account = await accountOf(db, owner)
      const keyHash = hashApiKey(key)
      await db.insert(apiKeys).values({ keyHash, accountId: account.id }).onConflictDoNothing()
      const [kept] = await db.select().from(apiKeys).where(eq(apiKeys.keyHash, keyHash))
      if (kept?.accountId === account.id) return key
      throw new ServiceError('conflict', 'This API key belongs to another account.')
    },
  }
}

async function accountOf(
  db: Database,
  owner: { subject: string; email?: string; name?: string },
): Promise<Account> {
  const { subject, email = null, name = null } = owner
  return (await ensureAccount(db, { subject, email, name })).account
}

function adjust(db: Database, account: Account, adjustment: Adjustment): Promise<Appended> {
  const { kind = 'adjustment', reason, reference, usdMicros } = adjustment
  return db.transaction(async (tx) => {
    const appended = await appendEntry(tx, {
      accountId: account.id,
      kind,
      amountUsdMicros: usdMicros,
      reference,
      reason,
    })
    if (!appended.repeated) {
      await recordEvent(tx, account.id, {
        type: kind === 'refund' ? 'credit_refunded' : 'credit_adjusted',
        params: {
          amount: centsFromUsdMicros(usdMicros),
          transaction_id: appended.entry.id,
          reason,
        },
      })
    }
    return appended
  })
}
