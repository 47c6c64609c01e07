import type { Denial } from '../billing-account/port.ts'
import { settle, withCalls } from './call.ts'
import { lastingOutput } from './output-file.ts'
import type { Call, Run } from './run.ts'

/**
 * One run of which two pages, or one page before and after its reload, have seen a part. `now` wins,
 * except where it only supposes: an end that was seen stays, and so do the facts from when the run was
 * queued, and every call.
 */
export function mergeRuns(kept: Run, now: Run): Run {
  const ended = isTold(kept) && !isTold(now) ? kept : now
  const calls = mergeCalls(kept.calls, now.calls)
  const run = {
    ...now,
    number: now.number ?? kept.number,
    purse: kept.purse ?? now.purse,
    workflow: kept.workflow ?? now.workflow,
    workflowHash: now.workflowHash ?? kept.workflowHash,
    source: now.source ?? kept.source,
    settings: now.settings ?? kept.settings,
    batch: Math.max(kept.batch, now.batch),
    startedAt: Math.min(kept.startedAt, now.startedAt),
    outcome: ended.outcome,
    endedAt: ended.endedAt,
    reason: ended.reason,
    output: lastingOutput(kept.output, now.output),
    denial: mergeDenials(kept.denial, now.denial),
  }
  return withCalls(run, run.endedAt === null ? calls : calls.map((call) => over(call, run)))
}

/** What was said of the refused run stays said; the first to say why is the nearest to it. */
function mergeDenials(kept?: Denial, now?: Denial): Denial | undefined {
  return kept?.reason ? kept : (now ?? kept)
}

/** Stored runs and those of this page, newest first. Of the same run, `live` knows better. */
export function joinStored(live: readonly Run[], stored: readonly Run[]): Run[] {
  const before = new Map(stored.map((run) => [run.promptId, run]))
  const merged = live.map((run) => {
    const known = before.get(run.promptId)
    before.delete(run.promptId)
    return known ? mergeRuns(known, run) : run
  })
  return [...merged, ...before.values()].toSorted((a, b) => b.startedAt - a.startedAt)
}

/**
 * Kept runs that nobody follows any more: since they began, the server was seen with nothing to do.
 * Without such a word they may run in another tab.
 */
export function loseSight(kept: readonly Run[], idleAt: number | null): Run[] {
  return kept.map((run) => {
    if (run.outcome !== 'running' || idleAt === null || run.startedAt >= idleAt) return run
    const lost = { ...run, outcome: 'lost' as const, endedAt: idleAt }
    return { ...lost, calls: run.calls.map((call) => over(call, lost)) }
  })
}

function isTold({ outcome }: Run): boolean {
  return outcome !== 'running' && outcome !== 'lost'
}

function mergeCalls(kept: readonly Call[], now: readonly Call[]): Call[] {
  const before = new Map(kept.map((call) => [call.nodeId, call]))
  const merged = now.map((call) => {
    const known = before.get(call.nodeId)
    before.delete(call.nodeId)
    return known ? mergeCall(known, call) : call
  })
  return [...before.values(), ...merged]
}

function mergeCall(kept: Call, now: Call): Call {
  return {
    ...now,
    nodeType: now.nodeType ?? kept.nodeType,
    title: now.title ?? kept.title,
    announcedCredits: now.announcedCredits ?? kept.announcedCredits,
    asked: Math.max(kept.asked, now.asked),
    answers: kept.answers.length > now.answers.length ? kept.answers : now.answers,
    startedAt: Math.min(kept.startedAt, now.startedAt),
  }
}

/** A call of a run that is over is over too; how it went was not seen, so it went as the run did. */
function over(call: Call, { outcome, endedAt }: Run): Call {
  if (endedAt === null) return call
  const so = outcome === 'succeeded' || outcome === 'lost' ? outcome : 'cancelled'
  return settle(call, so, endedAt)
}
