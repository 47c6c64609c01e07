import { and, eq } from 'drizzle-orm'
import type { Transaction } from '../database/open.ts'
import {
  accounts,
  ledgerEntries,
  type Account,
  type EntryKind,
  type LedgerEntry,
} from '../database/schema.ts'
import { ServiceError } from '../errors.ts'

export interface NewEntry {
  readonly accountId: string
  readonly kind: EntryKind
  /** Signed: what is added to the balance. Never 0. */
  readonly amountUsdMicros: number
  /** Makes it idempotent: an account has each reference once per kind. */
  readonly reference: string
  readonly jobId?: string | undefined
  readonly reason?: string | undefined
}

export interface Appended {
  readonly entry: LedgerEntry
  /** True when the ledger had the reference already; then nothing was written. */
  readonly repeated: boolean
}

/**
 * The only way into the ledger. Locks the account's row until the transaction ends, so keep that
 * short: entries of one account are written one after the other.
 */
export async function appendEntry(tx: Transaction, entry: NewEntry): Promise<Appended> {
  const account = await holdAccount(tx, entry.accountId)
  const before = await findEntry(tx, entry)
  if (before) return { entry: sameOrConflict(before, entry), repeated: true }
  const [written] = await tx
    .insert(ledgerEntries)
    .values({
      accountId: entry.accountId,
      seq: (account.headSeq ?? 0) + 1,
      kind: entry.kind,
      amountUsdMicros: entry.amountUsdMicros,
      balanceBeforeUsdMicros: account.balanceUsdMicros,
      balanceAfterUsdMicros: account.balanceUsdMicros + entry.amountUsdMicros,
      reference: entry.reference,
      jobId: entry.jobId ?? null,
      reason: entry.reason ?? null,
    })
    .returning()
  if (!written) throw new Error('The ledger took an entry without giving it back.')
  return { entry: written, repeated: false }
}

/** Nobody else appends to the account's ledger until the transaction ends. */
export async function holdAccount(
  tx: Transaction,
  accountId: string,
): Promise<Pick<Account, 'balanceUsdMicros' | 'headSeq' | 'heldUsdMicros'>> {
  const [account] = await tx
    .select({
      balanceUsdMicros: accounts.balanceUsdMicros,
      headSeq: accounts.headSeq,
      heldUsdMicros: accounts.heldUsdMicros,
    })
    .from(accounts)
    .where(eq(accounts.id, accountId))
    // Not FOR UPDATE: rows that refer to the account (events, purchases) need not wait.
    .for('no key update')
  if (!account) throw new ServiceError('not-found', 'There is no such account.')
  return account
}

async function findEntry(tx: Transaction, entry: NewEntry): Promise<LedgerEntry | undefined> {
  const [found] = await tx
    .select()
    .from(ledgerEntries)
    .where(
      and(
        eq(ledgerEntries.accountId, entry.accountId),
        eq(ledgerEntries.kind, entry.kind),
        eq(ledgerEntries.reference, entry.reference),
      ),
    )
  return found
}

function sameOrConflict(found: LedgerEntry, entry: NewEntry): LedgerEntry {
  if (found.amountUsdMicros === entry.amountUsdMicros) return found
  throw new ServiceError(
    'conflict',
    `Reference ${entry.reference} stands in the ledger with another amount.`,
  )
}
