import type { Page } from 'playwright-core'
import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { openDataFolder } from '../../sandbox/data-folder.ts'
import { creditsDataDir } from '../../sandbox/processes.ts'
import { seed } from '../../sandbox/seed.ts'
import { seedUsers } from '../../sandbox/identity/users.ts'
import { ensureAccount } from '../../service/customers/accounts.ts'
import { openDatabase } from '../../service/database/open.ts'
import { accountEvents } from '../../service/database/schema.ts'
import type { UsageParams } from '../../service/events/record.ts'
import { createLog } from '../../service/log.ts'
import { RUNS_DATABASE } from '../../src/storage/stored-data.ts'
import type { JudgedRun } from '../../src/run-archive/port.ts'
import { summaryOf } from '../../src/run-archive/summary.ts'
import { benchRuns, RUNS } from './runs.ts'

export const [USER] = seedUsers

/**
 * How many runs the account lists. With all 100,000, counting them for each page would measure our
 * service, not the list.
 */
export const RUNS_TOLD = 1000

const AT_ONCE = 5000
const EVENTS_AT_ONCE = 500

/** Seeds a sandbox before its start: its users, and for one of them the calls of many runs. */
export async function fillAccount(dataDir: string, newestAt: number): Promise<void> {
  const data = await openDataFolder(dataDir)
  const folder = creditsDataDir(data)
  await seed(data, folder)
  const { db, close } = await openDatabase({ folder }, createLog('warn'))
  try {
    const person = { subject: USER.id, email: USER.email, name: null }
    const { account } = await ensureAccount(db, person)
    const events = [...benchRuns(RUNS_TOLD, newestAt)]
      .toReversed()
      .flatMap(({ run }) => eventsOf(run))
      .map((event) => ({ ...event, accountId: account.id }))
    for (let from = 0; from < events.length; from += EVENTS_AT_ONCE) {
      await db.insert(accountEvents).values(events.slice(from, from + EVENTS_AT_ONCE))
    }
  } finally {
    await close()
  }
}

/** What the service records of a run's calls. */
function eventsOf({ promptId, calls }: JudgedRun['run']) {
  return calls.flatMap(({ announcedCredits, endedAt, startedAt, nodeType, title }) => {
    if (announcedCredits === null || endedAt === null) return []
    const params: UsageParams = {
      api_name: title ?? 'Sample',
      model: 'aurora-1',
      charge_micro_usd: usdMicrosFromCredits(announcedCredits),
      duration_ms: endedAt - startedAt,
      outcome: 'succeeded',
      job_id: promptId,
      ...(nodeType !== null && { node_type: nodeType }),
    }
    const createdAt = new Date(endedAt)
    return [{ eventType: 'api_usage_completed', params: { ...params }, createdAt }]
  })
}

/** The billing account's name, as the panel stores it when it first reads a balance. */
export function placeOf(page: Page): Promise<string> {
  return page.evaluate(async (name) => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(new Error(request.error?.message)))
      })
    for (;;) {
      const database = await done(indexedDB.open(name))
      const store = database.transaction('readings').objectStore('readings')
      const [first]: { place: string }[] = await done(store.getAll(null, 1))
      database.close()
      if (first) return first.place
      await new Promise((resolve) => {
        setTimeout(resolve, 100)
      })
    }
  }, RUNS_DATABASE)
}

interface Records {
  readonly runs: object[]
  readonly summaries: object[]
}

/** Writes records as src/run-archive does, whose own import would take many minutes. */
export async function fillDatabase(page: Page, place: string, newestAt: number): Promise<void> {
  let piece: Records = { runs: [], summaries: [] }
  for (const { run, verdict } of benchRuns(RUNS, newestAt)) {
    const { promptId, startedAt } = run
    piece.runs.push({ place, promptId, startedAt, run, ...(verdict && { verdict }) })
    piece.summaries.push({ place, ...summaryOf(run, verdict) })
    if (piece.runs.length < AT_ONCE) continue
    await write(page, piece)
    piece = { runs: [], summaries: [] }
  }
  await write(page, piece)
}

function write(page: Page, records: Records): Promise<void> {
  return page.evaluate(
    ([name, text]) =>
      new Promise<void>((resolve, reject) => {
        const { runs, summaries } = JSON.parse(text) as { runs: object[]; summaries: object[] }
        const opening = indexedDB.open(name)
        opening.addEventListener('error', () => reject(new Error(opening.error?.message)))
        opening.addEventListener('success', () => {
          const database = opening.result
          const writing = database.transaction(['runs', 'summaries'], 'readwrite')
          for (const run of runs) writing.objectStore('runs').put(run)
          for (const summary of summaries) writing.objectStore('summaries').put(summary)
          writing.addEventListener('abort', () => reject(new Error(writing.error?.message)))
          writing.addEventListener('complete', () => {
            database.close()
            resolve()
          })
        })
      }),
    // As one text: the driver would take minutes to serialize objects.
    [RUNS_DATABASE, JSON.stringify(records)] as const,
  )
}
