import process from 'node:process'
import { pino } from 'pino'
import { usdFromUsdMicros } from '@comfyui-credits/contract/money'
import { Problem } from '../sandbox/problem.ts'
import { openDatabase, type Database } from '../service/database/open.ts'
import type { Hold, WebhookEvent } from '../service/database/schema.ts'
import { ServiceError } from '../service/errors.ts'
import { attendHold, chargeHold, listHoldProblems } from '../service/proxy/hold-problems.ts'
import { findEvent, listEventProblems, replayEvent } from '../service/purchases/inbox.ts'
import { readDatabase } from '../service/settings.ts'

type Action = (db: Database, id: string) => Promise<string>

const LISTED_EVENTS = 100

/** By subject and action; the action without a name lists. */
const actions: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
  webhooks: {
    '': async (db) =>
      describeAll((await listEventProblems(db, LISTED_EVENTS)).map(describeEvent), 'events'),
    async show(db, id) {
      const event = await findEvent(db, id)
      return `${describeEvent(event)}\n${JSON.stringify(JSON.parse(event.payload), null, 2)}`
    },
    async replay(db, id) {
      await replayEvent(db, id)
      return `${id} is processed again as soon as the service runs.`
    },
  },
  holds: {
    '': async (db) => describeAll((await listHoldProblems(db)).map(describeHold), 'calls'),
    async done(db, id) {
      await attendHold(db, id)
      return `${id} is done.`
    },
    async charge(db, id) {
      const { chargeUsdMicros } = await chargeHold(db, id)
      return `${id} is charged ${usd(chargeUsdMicros)}.`
    },
  },
}

/** Runs one action on the service's database and prints its result. */
export async function administer([
  subject = '',
  action = '',
  id = '',
]: readonly string[]): Promise<void> {
  const run = actions[subject]?.[action]
  if (!run) throw new Problem(`There is no "${subject} ${action}". Try npm run admin -- --help.`)
  if (action !== '' && id === '') throw new Problem(`Say which: ${subject} ${action} ID.`)
  const database = await openDatabase(readDatabase(process.env), pino({ level: 'silent' }))
  try {
    console.log(await run(database.db, id))
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    throw new Problem(error.message, { cause: error })
  } finally {
    await database.close()
  }
}

function describeAll(entries: readonly string[], what: string): string {
  return entries.length === 0 ? `No ${what} need a person.` : entries.join('\n')
}

const words: Readonly<Record<NonNullable<Hold['problem']>, (hold: Hold) => string>> = {
  excess: (hold) =>
    `charged ${usd(hold.capturedUsdMicros ?? 0)}; the partner reports ${usd(hold.excessUsdMicros)} more`,
  unanswered: () => 'not charged; the partner gave no usable answer, and may have worked',
  unresolved: (hold) =>
    `not charged; its process died, and the partner cannot say what became of it (estimated ${usd(hold.estimateUsdMicros)})`,
}

function describeHold(hold: Hold): string {
  const { id, problem, accountId, path, jobId, createdAt } = hold
  const about = `account ${accountId}, ${path || 'unknown product'}, run ${jobId ?? 'unknown'}`
  const what = problem === null ? '' : words[problem](hold)
  return `${id}  ${createdAt.toISOString()}  ${problem}\n        ${what}\n        ${about}`
}

function describeEvent(event: WebhookEvent): string {
  const { id, type, subject, outcome, attempts, lastError, receivedAt } = event
  const error = lastError === null ? '' : `: ${lastError}`
  return `${id}  ${receivedAt.toISOString()}  ${outcome ?? 'waiting'}\n        ${type} of ${subject ?? 'nothing'}, ${attempts} attempts${error}`
}

function usd(micros: number): string {
  return `${usdFromUsdMicros(micros).toFixed(6)} USD`
}
