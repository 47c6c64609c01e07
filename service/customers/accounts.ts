import { eq } from 'drizzle-orm'
import type { Caller } from '../auth/caller.ts'
import type { Database } from '../database/open.ts'
import { accounts, type PersonAccount } from '../database/schema.ts'
import { recordEvent } from '../events/record.ts'

export type Person = Pick<Caller, 'subject' | 'email' | 'name'>

export async function findAccount(db: Database, subject: string): Promise<PersonAccount | null> {
  const [account] = await db.select().from(accounts).where(eq(accounts.subject, subject))
  return account ? { ...account, subject } : null
}

/** A person's account, created with its event when they first call. */
export async function ensureAccount(
  db: Database,
  person: Person,
): Promise<{ account: PersonAccount; created: boolean }> {
  const known = await findAccount(db, person.subject)
  if (known) return { account: await keepDetailsFresh(db, known, person), created: false }
  return db.transaction(async (tx) => {
    const [created] = await tx
      .insert(accounts)
      .values({ subject: person.subject, email: person.email, name: person.name })
      .onConflictDoNothing({ target: accounts.subject })
      .returning()
    if (created) {
      await recordEvent(tx, created.id, { type: 'account_created', params: {} })
      return { account: { ...created, subject: person.subject }, created: true }
    }
    // Another call has created it meanwhile; read committed sees it now.
    const [account] = await tx.select().from(accounts).where(eq(accounts.subject, person.subject))
    if (!account) throw new Error('An account conflicted with one that does not exist.')
    return { account: { ...account, subject: person.subject }, created: false }
  })
}

/** Follows a changed e-mail or name of the login. Credentials without them change nothing. */
async function keepDetailsFresh(
  db: Database,
  account: PersonAccount,
  person: Person,
): Promise<PersonAccount> {
  const email = person.email ?? account.email
  const name = person.name ?? account.name
  if (email === account.email && name === account.name) return account
  await db.update(accounts).set({ email, name }).where(eq(accounts.id, account.id))
  return { ...account, email, name }
}
