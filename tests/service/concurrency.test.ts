import { asc, eq } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminOf } from '../../service/admin.ts'
import { ensureAccount, findAccount } from '../../service/customers/accounts.ts'
import type { OpenDatabase } from '../../service/database/open.ts'
import { ledgerEntries } from '../../service/database/schema.ts'
import { appendEntry } from '../../service/ledger/append.ts'
import { settleCall } from '../../service/proxy/settle-call.ts'
import { openTestDatabase, serverUrl } from './support/database.ts'
import { openTestHold } from './support/holds.ts'
import { openWorld, type Service, type World } from './support/service.ts'

const CENT = 10_000
const reason =
  'skipped without TEST_DATABASE_URL: PGlite does one thing at a time and proves nothing'

describe.skipIf(serverUrl === null)(`on a PostgreSQL server (${reason})`, () => {
  let database: OpenDatabase
  beforeAll(async () => {
    database = await openTestDatabase()
  })
  afterAll(() => database.close())

  async function personWith(usdMicros: number) {
    const subject = `person-${randomUUID()}`
    const opening = { subject, usdMicros, reference: 'opening', reason: 'for the test' }
    await adminOf(database.db).adjust(opening)
    return (await ensureAccount(database.db, { subject, email: null, name: null })).account
  }

  const usage = { api_name: 'A', model: 'm', duration_ms: 1, outcome: 'succeeded' } as const
  /** Ends a call, more than once where that is asked for. */
  async function charge(accountId: string, times = 1): Promise<void> {
    const { db } = database
    const { id } = await openTestHold(db, accountId, { estimateUsdMicros: CENT })
    const call = { id, accountId, priceUsdMicros: CENT, usage }
    await Promise.all(
      Array.from({ length: times }, () => settleCall({ db, admission: 'comfy' }, call)),
    )
  }

  it('200 charges at once against money for 100 leave a ledger that sums exactly', async () => {
    const account = await personWith(100 * CENT)
    await Promise.all(Array.from({ length: 200 }, () => charge(account.id)))
    const entries = await database.db
      .select()
      .from(ledgerEntries)
      .where(eq(ledgerEntries.accountId, account.id))
      .orderBy(asc(ledgerEntries.seq))
    expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 201 }, (_, i) => i + 1))
    expect(entries.reduce((sum, entry) => sum + entry.amountUsdMicros, 0)).toBe(-100 * CENT)
    expect(entries.at(-1)?.balanceAfterUsdMicros).toBe(-100 * CENT)
    const after = await findAccount(database.db, account.subject)
    expect(after).toMatchObject({ balanceUsdMicros: -100 * CENT, headSeq: 201 })
  })

  it('charges, repeats and grants of several accounts at once do not wait for each other in a cycle', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => personWith(CENT)))
    const work = people.flatMap(({ id: accountId }) =>
      Array.from({ length: 30 }, async (_, index) => {
        await charge(accountId, 2)
        await database.db.transaction((tx) =>
          appendEntry(tx, {
            accountId,
            kind: 'top_up',
            amountUsdMicros: CENT,
            reference: `grant ${Math.floor(index / 2)}`,
          }),
        )
      }),
    )
    await Promise.all(work)
    const balances = await Promise.all(
      people.map(({ subject }) => findAccount(database.db, subject)),
    )
    // One from the start, 30 charges, 15 grants sent twice each.
    expect(balances.map((account) => account?.balanceUsdMicros)).toEqual(
      people.map(() => (1 - 30 + 15) * CENT),
    )
  })

  it('one account is made by twenty first calls at once', async () => {
    const person = { subject: `person-${randomUUID()}`, email: null, name: null }
    const made = await Promise.all(
      Array.from({ length: 20 }, () => ensureAccount(database.db, person)),
    )
    expect(made.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(made.map(({ account }) => account.id)).size).toBe(1)
  })
})

describe.skipIf(serverUrl === null)(`the whole service on a PostgreSQL server (${reason})`, () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  it.each([
    ['strict', 100],
    ['comfy', 200],
  ] as const)(
    'takes 200 calls at once by two instances, and refuses the next (%s)',
    async (admission, most) => {
      const instances = [1, 2].map(() =>
        world.service('extended', undefined, undefined, admission),
      ) as [Service, Service]
      const person = await instances[0].person(100 * 4 * CENT)
      const call = (through: Service) =>
        through.fetch('/proxy/aurora/v1/edits', {
          method: 'POST',
          body: '{}',
          headers: { Authorization: `Bearer ${person.token}` },
        })
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) => call(instances[index % 2 === 0 ? 0 : 1])),
      )
      const charged = answers.filter(({ status }) => status === 200).length
      const refused = answers.filter(({ status }) => status === 402).length
      expect(charged + refused).toBe(200)
      expect(charged).toBeGreaterThanOrEqual(100)
      expect(charged).toBeLessThanOrEqual(most)
      const account = await findAccount(world.database.db, person.subject)
      expect(account?.balanceUsdMicros).toBe((100 - charged) * 4 * CENT)
      expect((await call(instances[1])).status).toBe(402)
    },
  )
})
