import { asc, eq, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureAccount, findAccount } from '../../service/customers/accounts.ts'
import type { OpenDatabase } from '../../service/database/open.ts'
import { ledgerEntries, type PersonAccount } from '../../service/database/schema.ts'
import { appendEntry, type NewEntry } from '../../service/ledger/append.ts'
import { openTestDatabase } from './support/database.ts'

let database: OpenDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

async function newAccount(): Promise<PersonAccount> {
  const person = { subject: `person-${randomUUID()}`, email: null, name: null }
  return (await ensureAccount(database.db, person)).account
}

const append = (entry: NewEntry) => database.db.transaction((tx) => appendEntry(tx, entry))

async function balanceOf(account: PersonAccount): Promise<number | undefined> {
  return (await findAccount(database.db, account.subject))?.balanceUsdMicros
}

function entriesOf(account: PersonAccount) {
  return database.db
    .select()
    .from(ledgerEntries)
    .where(eq(ledgerEntries.accountId, account.id))
    .orderBy(asc(ledgerEntries.seq))
}

/** What the database itself says to a statement. */
async function refusal(statement: ReturnType<typeof sql>): Promise<string> {
  try {
    await database.db.execute(statement)
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
  }
  return 'accepted'
}

const amount = fc.integer({ min: 1, max: 10_000_000_000 })
const movement = fc.oneof(
  fc.record({ kind: fc.constant('top_up' as const), amountUsdMicros: amount }),
  fc.record({ kind: fc.constant('usage' as const), amountUsdMicros: amount.map((n) => -n) }),
  fc.record({
    kind: fc.constantFrom('refund' as const, 'adjustment' as const),
    amountUsdMicros: fc.oneof(
      amount,
      amount.map((n) => -n),
    ),
  }),
)

describe('the ledger', () => {
  it('sums to the balance after any movements, repeated or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(movement, fc.boolean()), { minLength: 1, maxLength: 12 }),
        async (movements) => {
          const account = await newAccount()
          for (const [index, [entry, repeat]] of movements.entries()) {
            const whole = { ...entry, accountId: account.id, reference: `movement ${index}` }
            await append(whole)
            if (repeat) await append(whole)
          }
          const entries = await entriesOf(account)
          const sum = movements.reduce((total, [entry]) => total + entry.amountUsdMicros, 0)
          expect(entries.map((entry) => entry.seq)).toEqual(movements.map((_, index) => index + 1))
          expect(entries.at(-1)?.balanceAfterUsdMicros).toBe(sum)
          expect(await balanceOf(account)).toBe(sum)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('takes the same reference once, and never with another amount', async () => {
    const account = await newAccount()
    const entry = { accountId: account.id, kind: 'top_up', reference: 'cs_1' } as const
    const first = await append({ ...entry, amountUsdMicros: 5 })
    const again = await append({ ...entry, amountUsdMicros: 5 })
    expect(again).toEqual({ entry: first.entry, repeated: true })
    await expect(append({ ...entry, amountUsdMicros: 6 })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await balanceOf(account)).toBe(5)
  })

  it('goes below zero by a charge', async () => {
    const account = await newAccount()
    const usage = { accountId: account.id, kind: 'usage', reference: 'call' } as const
    await append({ ...usage, amountUsdMicros: -3 })
    expect(await balanceOf(account)).toBe(-3)
  })

  it('leaves no trace of a transaction that failed after it', async () => {
    const account = await newAccount()
    const entry = { accountId: account.id, kind: 'top_up', reference: 'cs_2' } as const
    const failing = database.db.transaction(async (tx) => {
      await appendEntry(tx, { ...entry, amountUsdMicros: 7 })
      throw new Error('crash')
    })
    await expect(failing).rejects.toThrow('crash')
    expect(await entriesOf(account)).toEqual([])
    expect(await balanceOf(account)).toBe(0)
    await append({ ...entry, amountUsdMicros: 7 })
    expect(await balanceOf(account)).toBe(7)
  })
})

async function twoEntries(): Promise<PersonAccount> {
  const account = await newAccount()
  for (const reference of ['one', 'two']) {
    await append({ accountId: account.id, kind: 'top_up', reference, amountUsdMicros: 10 })
  }
  return account
}

const insert = (
  account: PersonAccount,
  entry: { seq: number; amount: number; before: number; after: number; kind?: string },
) => sql`insert into ledger_entries
  (account_id, seq, kind, amount_usd_micros, balance_before_usd_micros, balance_after_usd_micros, reference)
  values (${account.id}, ${entry.seq}, ${entry.kind ?? 'top_up'}, ${entry.amount},
    ${entry.before}, ${entry.after}, ${randomUUID()})`

describe('the database by itself', () => {
  it.each(['update ledger_entries set amount_usd_micros = 1', 'delete from ledger_entries'])(
    'refuses to %s',
    async (statement) => {
      await append({
        accountId: (await newAccount()).id,
        kind: 'top_up',
        reference: 'kept',
        amountUsdMicros: 1,
      })
      expect(await refusal(sql.raw(statement))).toContain('append-only')
    },
  )

  it('refuses to empty the ledger', async () => {
    expect(await refusal(sql`truncate ledger_entries cascade`)).toContain('append-only')
  })

  it('takes the entry that follows, and moves the balance by itself', async () => {
    const account = await twoEntries()
    expect(await refusal(insert(account, { seq: 3, amount: 1, before: 20, after: 21 }))).toBe(
      'accepted',
    )
    expect(await balanceOf(account)).toBe(21)
  })

  it.each([
    ['a sum that is wrong', { seq: 3, amount: 5, before: 20, after: 26 }, 'ledger_entries_sum'],
    [
      'a balance the last entry does not say',
      { seq: 3, amount: 5, before: 15, after: 20 },
      'ledger_entries_chain',
    ],
    ['a gap', { seq: 4, amount: 5, before: 20, after: 25 }, 'ledger_entries_chain'],
    ['a fork', { seq: 2, amount: 5, before: 10, after: 15 }, 'ledger_entries_seq'],
    ['a second beginning', { seq: 1, amount: 5, before: 0, after: 5 }, 'ledger_entries_seq'],
    [
      'a place before the first',
      { seq: 0, amount: 5, before: 0, after: 5 },
      'ledger_entries_start',
    ],
    ['nothing', { seq: 3, amount: 0, before: 20, after: 20 }, 'ledger_entries_sign'],
    ['a top-up that takes', { seq: 3, amount: -5, before: 20, after: 15 }, 'ledger_entries_sign'],
    [
      'a charge that gives',
      { seq: 3, amount: 5, before: 20, after: 25, kind: 'usage' },
      'ledger_entries_sign',
    ],
    [
      'a kind nobody knows',
      { seq: 3, amount: 5, before: 20, after: 25, kind: 'gift' },
      'ledger_entries_kind',
    ],
  ])('refuses %s', async (_, entry, reason) => {
    const account = await twoEntries()
    expect(await refusal(insert(account, entry))).toContain(reason)
    expect(await balanceOf(account)).toBe(20)
  })

  it('refuses a first entry that begins with money', async () => {
    const account = await newAccount()
    const entry = { seq: 1, amount: 5, before: 100, after: 105 }
    expect(await refusal(insert(account, entry))).toContain('ledger_entries_start')
  })

  it('refuses a balance that its newest entry does not say', async () => {
    const account = await twoEntries()
    const changed = sql`update accounts set balance_usd_micros = 1000 where id = ${account.id}`
    expect(await refusal(changed)).toContain('accounts_balance_of_head')
    const detached = sql`update accounts set balance_usd_micros = 1000, head_seq = null where id = ${account.id}`
    expect(await refusal(detached)).toContain('accounts_balance_at_start')
  })
})
