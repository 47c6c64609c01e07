import { mkdtemp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import * as z from 'zod'
import { Problem } from '../../sandbox/problem.ts'
import { randomFrom } from '../../sandbox/partner/random.ts'
import { audit } from '../../service/audit/audit.ts'
import { openDatabase } from '../../service/database/open.ts'
import { reconciliationSchema } from '../../service/reconciliation/difference.ts'
import { compareBooks } from './books.ts'
import { planBlows, type Blow, type Plan } from './director.ts'
import { createOperations, Tally, type Operation } from './operations.ts'
import { ADMIN_TOKEN, openWorld, type World } from './world.ts'

export interface ChaosOptions extends Plan {
  readonly seed: string
  readonly database: 'server' | 'folder'
  /** Ends before all operations are done; null: it does not. */
  readonly minutes: number | null
  /** So many operations at once. */
  readonly atOnce: number
}

export interface ChaosResult {
  readonly counts: ReadonlyMap<string, number>
  readonly facts: Readonly<Record<string, number>>
  /** Of the audit, of the books, and answers that blame the service. Empty: all is right. */
  readonly findings: readonly string[]
  /** With the logs; removed when all is right. */
  readonly folder: string
}

/** Does what people, Stripe and partners do while processes are killed, then compares all books. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const folder = await mkdtemp(join(tmpdir(), 'credits-chaos-'))
  const memory = existsSync('/dev/shm') ? '/dev/shm' : folder
  const stripeFolder = await mkdtemp(join(memory, 'credits-chaos-'))
  const world = await openWorld(folder, options.database, stripeFolder)
  const tally = new Tally()
  let wrong: string[] | null = null
  const interrupted = () => void world.close().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    const random = randomFrom(options.seed)
    const blows = planBlows(world, random, options)
    await carryOut(createOperations(world, random, tally), blows, options, tally)
    await settle(world)
    const { findings, facts } = await examine(world)
    wrong = [...new Set(tally.blamed), ...findings]
    return { counts: tally.counts, facts, findings: wrong, folder }
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await world.close()
    await rm(stripeFolder, { recursive: true, force: true })
    if (wrong?.length === 0) await rm(folder, { recursive: true, force: true })
  }
}

/** More blows than this at once, and the operations wait. */
const BLOWS_AT_ONCE = 2

async function carryOut(
  operate: Operation,
  blows: Blow[],
  { operations, minutes, atOnce }: ChaosOptions,
  tally: Tally,
): Promise<void> {
  const endsAt = minutes === null ? Infinity : Date.now() + minutes * 60_000
  const struck = new Set<Promise<void>>()
  const failures: unknown[] = []
  let started = 0
  async function strikeDue(): Promise<void> {
    while ((blows[0]?.at ?? Infinity) <= started) {
      while (struck.size >= BLOWS_AT_ONCE) await Promise.race(struck)
      const blow = blows.shift()
      if (!blow) return
      const done = strike(blow)
      struck.add(done)
      void done.finally(() => struck.delete(done))
    }
  }
  async function strike(blow: Blow): Promise<void> {
    try {
      await blow.strike()
      tally.add(blow.name)
    } catch (error) {
      failures.push(error)
    }
  }
  async function work(): Promise<void> {
    while (started < operations && Date.now() < endsAt && failures.length === 0) {
      started += 1
      tally.add('operations')
      await strikeDue()
      await operate()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await Promise.all(struck)
  if (failures.length > 0) throw failures[0]
}

const SETTLED_WITHIN_MS = 120_000
const leftSchema = z.object({ rows: z.tuple([z.object({ left: z.coerce.number() })]) })

/**
 * Everything that waits for the clock is due: Stripe's events, and the calls of the killed processes,
 * which otherwise expire within minutes. Then the instances do what they do by themselves.
 */
async function settle(world: World): Promise<void> {
  const { instances, stripeUrl, location } = world
  const still = ['webhook_double_next', 'webhook_lose_next', 'webhook_reorder_next']
  const faults = Object.fromEntries([...still, 'settle_later_next'].map((name) => [name, 0]))
  await ask(`${stripeUrl}/_sandbox/faults`, { body: JSON.stringify(faults) })
  await ask(`${stripeUrl}/_sandbox/hurry`)
  await Promise.all(instances.map(({ victim }) => victim.stop()))
  if ('url' in location) {
    await onDatabase(world, (db) =>
      db.execute(sql`update holds set expires_at = now() where state = 'open'`),
    )
  }
  await Promise.all(instances.map(({ victim }) => victim.start()))
  await untilSettled(world)
  // Twice: what the first has repaired, the second finds right.
  await reconcile(world)
  await reconcile(world)
  await Promise.all(instances.map(({ victim }) => victim.stop()))
}

/** Each takes five minutes, Node's own limit; after ten thousand operations everything is slow. */
const TRIES = 6

/** A POST that may be repeated, of a process that still works off what came before. */
async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(url, { method: 'POST', ...init })
    } catch (error) {
      if (attempt === TRIES) throw error
    }
  }
}

/** On a database of its own only the service itself can be asked. */
async function untilSettled(world: World): Promise<void> {
  const deadline = Date.now() + SETTLED_WITHIN_MS
  while (Date.now() < deadline) {
    await wait(1_000)
    if ((await countPending(world)) === 0) return
  }
  throw new Problem('Calls or events are still open two minutes after all was quiet.')
}

const pendingSchema = z.looseObject({ pending_charges_micros: z.number() })

async function countPending(world: World): Promise<number> {
  if (!('url' in world.location)) return countPendingOf(world)
  return onDatabase(world, async (db) => {
    const { rows } = leftSchema.parse(
      await db.execute(sql`
        select (select count(*) from holds where state = 'open')
          + (select count(*) from webhook_events where outcome is null) as left`),
    )
    return rows[0].left
  })
}

async function countPendingOf({ people, instances }: World): Promise<number> {
  let pending = 0
  for (const { key } of people) {
    const response = await fetch(`${instances[0]?.url}/customers/balance`, {
      headers: { 'X-API-KEY': key },
    })
    pending += pendingSchema.parse(await response.json()).pending_charges_micros
  }
  return pending
}

async function reconcile({ instances }: World): Promise<void> {
  const deadline = Date.now() + SETTLED_WITHIN_MS
  for (;;) {
    const response = await ask(`${instances[0]?.url}/admin/reconcile`, {
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({ days: 2 }),
    })
    const answer: unknown = await response.json()
    // The other instance may be at it, by its own clock.
    if (response.status === 409 && Date.now() < deadline) await wait(1_000)
    else return void reconciliationSchema.parse(answer)
  }
}

type Database = Awaited<ReturnType<typeof openDatabase>>['db']

async function onDatabase<T>(
  { location }: Pick<World, 'location'>,
  run: (db: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(location, pino({ level: 'silent' }))
  try {
    return await run(database.db)
  } finally {
    await database.close()
  }
}

function examine(world: World) {
  return onDatabase(world, async (db) => {
    const audited = (await audit(db)).map(
      ({ check, subject, words }) => `audit ${check} ${subject}: ${words}`,
    )
    const { findings, facts } = await compareBooks(world, db)
    return { findings: [...audited, ...findings], facts }
  })
}
