import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import type { Stripe } from 'stripe'
import * as z from 'zod'
import type { Database } from '../../service/database/open.ts'
import { workSchema, type Work } from './work.ts'
import type { World } from './world.ts'

/**
 * What the ledger must say by the books of Stripe and of the partner, which the service does not
 * write. Each line that differs is money lost, doubled or invented, or work for nothing.
 */
export async function compareBooks(
  world: Pick<World, 'stripeClient' | 'journalFile'>,
  db: Database,
): Promise<{ readonly findings: readonly string[]; readonly facts: Record<string, number> }> {
  const charges = await listAll(world.stripeClient.charges.list({ limit: 100 }))
  const refunds = await listAll(world.stripeClient.refunds.list({ limit: 100 }))
  const disputes = await listAll(world.stripeClient.disputes.list({ limit: 100 }))
  const works = readJournal(world.journalFile)
  const holds = await readHolds(db)
  const findings = [
    ...compareGrants(charges, await readGrants(db)),
    ...compareReversals('refund', refundedByCharge(refunds), await readReversals(db, 'refund')),
    ...compareReversals('dispute', lostByDispute(disputes), await readReversals(db, 'dispute')),
    ...compareWork(works, holds),
  ]
  const facts = {
    'payments at Stripe': charges.length,
    'refunds at Stripe': refunds.length,
    'disputes at Stripe': disputes.length,
    'pieces of work by the partner': works.length,
    'of them listed for a person': works.filter(({ key }) => holds.get(key)?.problem).length,
  }
  return { findings, facts }
}

async function listAll<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const each of list) all.push(each)
  return all
}

function readJournal(file: string): Work[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => workSchema.parse(JSON.parse(line)))
}

const number = z.coerce.number()
const grantSchema = z.object({ intent: z.string().nullable(), cents: number })
const reversalSchema = z.object({ subject: z.string(), cents: number })
const holdSchema = z.object({
  id: z.string(),
  state: z.string(),
  charged: number,
  excess: number,
  problem: z.string().nullable(),
})
type Hold = z.infer<typeof holdSchema>

async function rowsOf<T>(db: Database, row: z.ZodType<T>, query: string): Promise<T[]> {
  return z.object({ rows: z.array(row) }).parse(await db.execute(sql.raw(query))).rows
}

function readGrants(db: Database) {
  const query = `
    select coalesce(p.intent_id, t.intent_id) as intent, e.amount_usd_micros / 10000 as cents
    from ledger_entries e
    left join purchases p on p.ledger_entry_id = e.id
    left join card_top_ups t on t.ledger_entry_id = e.id
    where e.kind = 'top_up'`
  return rowsOf(db, grantSchema, query)
}

function readReversals(db: Database, kind: 'refund' | 'dispute') {
  const query = `
    select split_part(reference, ':', 1) as subject, -sum(amount_usd_micros) / 10000 as cents
    from ledger_entries where kind = '${kind}' group by 1`
  return rowsOf(db, reversalSchema, query)
}

async function readHolds(db: Database): Promise<Map<string, Hold>> {
  const query = `
    select h.id::text, h.state, coalesce(-e.amount_usd_micros, 0) as charged,
      h.excess_usd_micros as excess, h.problem
    from holds h
    left join ledger_entries e on e.kind = 'usage' and e.reference = h.id::text`
  const holds = await rowsOf(db, holdSchema, query)
  return new Map(holds.map((hold) => [hold.id, hold]))
}

function compareGrants(
  charges: readonly Stripe.Charge[],
  grants: readonly z.infer<typeof grantSchema>[],
): string[] {
  const left = new Map<string, number[]>()
  for (const { intent, cents } of grants) {
    left.set(intent ?? '', [...(left.get(intent ?? '') ?? []), cents])
  }
  const findings = charges.flatMap(({ id, amount, payment_intent }) => {
    const intent = String(payment_intent)
    const granted = left.get(intent) ?? []
    left.delete(intent)
    return granted.length === 1 && granted[0] === amount
      ? []
      : [`Charge ${id} took ${amount} cents; granted were ${granted.join(' and ') || 'none'}.`]
  })
  const invented = [...left].map(([intent, cents]) => `${intent}: ${cents.join()} for no charge.`)
  return [...findings, ...invented]
}

function refundedByCharge(refunds: readonly Stripe.Refund[]): Map<string, number> {
  const cents = new Map<string, number>()
  for (const { charge, amount } of refunds) {
    cents.set(String(charge), (cents.get(String(charge)) ?? 0) + amount)
  }
  return cents
}

const lostByDispute = (disputes: readonly Stripe.Dispute[]) =>
  new Map(disputes.map(({ id, amount, status }) => [id, status === 'won' ? 0 : amount]))

function compareReversals(
  what: string,
  wanted: ReadonlyMap<string, number>,
  found: readonly z.infer<typeof reversalSchema>[],
): string[] {
  const taken = new Map(found.map(({ subject, cents }) => [subject, cents]))
  return [...new Set([...wanted.keys(), ...taken.keys()])].flatMap((subject) => {
    const [at, here] = [wanted.get(subject) ?? 0, taken.get(subject) ?? 0]
    return at === here ? [] : [`${what} of ${subject}: ${at} cents at Stripe, ${here} here.`]
  })
}

/** All work is charged, or in the operators' list; and nothing is charged that was not done. */
function compareWork(works: readonly Work[], holds: ReadonlyMap<string, Hold>): string[] {
  const done = new Set(works.map(({ key }) => key))
  const twice = works.length - done.size
  const findings = works.flatMap(({ key, usdMicros }) => {
    const hold = holds.get(key)
    if (!hold) return [`Work ${key} was done without a hold.`]
    const known = hold.charged + hold.excess === usdMicros || hold.problem !== null
    return known ? [] : [`Work ${key} costs ${usdMicros}; the hold is ${JSON.stringify(hold)}.`]
  })
  const invented = [...holds.values()].filter(({ id, charged }) => charged > 0 && !done.has(id))
  return [
    ...(twice > 0 ? [`${twice} pieces of work were done twice.`] : []),
    ...findings,
    ...invented.map(({ id, charged }) => `Call ${id} was charged ${charged}, and not done.`),
  ]
}
