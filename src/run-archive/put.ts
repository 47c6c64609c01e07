import { Dexie } from 'dexie'
import type { Run } from '../runs/run.ts'
import { summaryOf } from './summary.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import { Bounds } from './bounds.ts'
import { putCosts } from './costs.ts'
import type { Merge } from './merge.ts'
import type { JudgedRun, SummaryKey, Writing } from './port.ts'
import { readJudged, readReading } from './schema.ts'
import { summaryRecord, type Tables } from './tables.ts'

/** Of more at once Dexie reports no keys to other tabs, only that something has changed. */
const REPORTED_BY_KEY = 49

/** In one transaction with its summary, each; returns how many runs were not stored before. */
export async function putRuns(tables: Tables, writing: Writing, merge: Merge): Promise<number> {
  const { accountKey, runs, verdicts = [] } = writing
  const ids = [...new Set([...runs, ...verdicts].map(({ promptId }) => promptId))]
  const records = await tables.runs.bulkGet(ids.map((id) => [accountKey, id]))
  const stored = new Map(
    records.flatMap((record) => {
      const judged = readJudged(record, accountKey)
      return judged ? [[judged.run.promptId, judged] as const] : []
    }),
  )
  const next = new Map(stored)
  for (const run of runs) {
    const before = next.get(run.promptId)
    const merged = before ? merge.runs(before.run, run) : run
    next.set(run.promptId, { run: bounded(merged), verdict: before?.verdict ?? null })
  }
  for (const verdict of verdicts) {
    const before = next.get(verdict.promptId)
    // A verdict without its run is of no use to anybody.
    if (!before) continue
    const merged = before.verdict ? merge.verdicts(before.verdict, verdict) : verdict
    next.set(verdict.promptId, { ...before, verdict: merged })
  }
  await putAll(tables, accountKey, [...next.values()], staleKeys(accountKey, stored, next))
  await putCosts(tables, accountKey, stored.values(), next.values())
  await deleteExplained(tables, accountKey, verdicts)
  return next.size - stored.size
}

/** Summaries of runs that have begun earlier than was known. */
function staleKeys(
  accountKey: string,
  stored: ReadonlyMap<string, JudgedRun>,
  next: ReadonlyMap<string, JudgedRun>,
): SummaryKey[] {
  return [...stored.values()].flatMap(({ run: { promptId, startedAt } }) =>
    next.get(promptId)?.run.startedAt === startedAt ? [] : [[accountKey, startedAt, promptId]],
  )
}

async function putAll(
  { runs, summaries }: Tables,
  accountKey: string,
  all: readonly JudgedRun[],
  stale: SummaryKey[],
): Promise<void> {
  await summaries.bulkDelete(stale)
  for (let begin = 0; begin < all.length; begin += REPORTED_BY_KEY) {
    const piece = all.slice(begin, begin + REPORTED_BY_KEY)
    await runs.bulkPut(piece.map((judged) => recordOf(accountKey, judged)))
    await summaries.bulkPut(
      piece.map(({ run, verdict }) => summaryRecord(accountKey, summaryOf(run, verdict))),
    )
  }
}

/** An imported event that a run's verdict accounts for is that run's, and no entry of its own. */
async function deleteExplained(
  { events }: Tables,
  accountKey: string,
  verdicts: readonly Verdict[],
): Promise<void> {
  const ids = verdicts.flatMap(({ evidence }) => evidence.eventIds)
  if (ids.length > 0) await events.bulkDelete(ids.map((id) => [accountKey, id]))
}

function recordOf(accountKey: string, { run, verdict }: JudgedRun): object {
  const { promptId, startedAt } = run
  return { place: accountKey, promptId, startedAt, run, ...(verdict && { verdict }) }
}

/** Of a balance that stays the same, the first and the last reading say it all. */
export async function putReading(
  { readings }: Tables,
  accountKey: string,
  reading: Reading,
): Promise<void> {
  const before = await readings
    .where('[place+at]')
    .between([accountKey, Dexie.minKey], [accountKey, reading.at], true, false)
    // oxlint-disable-next-line unicorn/no-array-reverse -- Dexie's: it is a collection and no array
    .reverse()
    .limit(2)
    .toArray()
  const same = before.map((record) => readReading(record, accountKey))
  const [last, first] = same
  if (last?.usdMicros === reading.usdMicros && first?.usdMicros === reading.usdMicros) {
    await readings.delete([accountKey, last.at])
  }
  await readings.put({ place: accountKey, ...reading })
}

function bounded(run: Run): Run {
  return new Bounds().run(run)
}
