import { Dexie } from 'dexie'
import { clip } from '../runs/clip.ts'
import { mergeRuns } from '../runs/merge-runs.ts'
import type { Call, Run } from '../runs/run.ts'
import { summaryOf } from './summary.ts'
import { holdVerdict, type Verdict } from '../reconciliation/verdict.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { JudgedRun, SummaryKey, Writing } from './port.ts'
import { readJudged, readReading } from './schema.ts'
import { summaryRecord, type Tables } from './tables.ts'

/** Of more at once Dexie tells others no keys, only that something has changed. */
const TOLD_BY_KEY = 49

/** What is kept of a run that is seen again, or of what was said of it. */
export interface Merge {
  readonly runs: (kept: Run, now: Run) => Run
  readonly verdicts: (kept: Verdict, now: Verdict) => Verdict
}

/** What comes is later than what is kept. */
export const mergeOfPage: Merge = {
  runs: mergeRuns,
  verdicts: (kept, now) => holdVerdict(now, kept),
}

/** In one transaction with its summary, each; returns how many runs were not kept before. */
export async function putRuns(tables: Tables, writing: Writing, merge: Merge): Promise<number> {
  const { accountKey, runs, verdicts = [] } = writing
  const ids = [...new Set([...runs, ...verdicts].map(({ promptId }) => promptId))]
  const records = await tables.runs.bulkGet(ids.map((id) => [accountKey, id]))
  const kept = new Map(
    records.flatMap((record) => {
      const judged = readJudged(record, accountKey)
      return judged ? [[judged.run.promptId, judged] as const] : []
    }),
  )
  const next = new Map(kept)
  for (const run of runs) {
    const before = next.get(run.promptId)
    const merged = before ? merge.runs(before.run, run) : run
    next.set(run.promptId, { run: clipped(merged), verdict: before?.verdict ?? null })
  }
  for (const verdict of verdicts) {
    const before = next.get(verdict.promptId)
    // A verdict without its run is of no use to anybody.
    if (!before) continue
    const merged = before.verdict ? merge.verdicts(before.verdict, verdict) : verdict
    next.set(verdict.promptId, { ...before, verdict: merged })
  }
  await putAll(tables, accountKey, [...next.values()], staleKeys(accountKey, kept, next))
  return next.size - kept.size
}

/** Summaries of runs that have begun earlier than was known. */
function staleKeys(
  accountKey: string,
  kept: ReadonlyMap<string, JudgedRun>,
  next: ReadonlyMap<string, JudgedRun>,
): SummaryKey[] {
  return [...kept.values()].flatMap(({ run: { promptId, startedAt } }) =>
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
  for (let begin = 0; begin < all.length; begin += TOLD_BY_KEY) {
    const piece = all.slice(begin, begin + TOLD_BY_KEY)
    await runs.bulkPut(piece.map((judged) => recordOf(accountKey, judged)))
    await summaries.bulkPut(
      piece.map(({ run, verdict }) => summaryRecord(accountKey, summaryOf(run, verdict))),
    )
  }
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

function clipped(run: Run): Run {
  return {
    ...run,
    workflow: clip(run.workflow),
    calls: run.calls.map((call): Call => ({
      ...call,
      title: clip(call.title),
      nodeType: clip(call.nodeType),
    })),
  }
}
