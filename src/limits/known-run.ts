import { changedUsdMicros } from '../history/cost.ts'
import { storedRow } from '../history/row-builders.ts'
import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { RunSummary } from '../run-archive/summary.ts'
import type { ExpectedPart } from '../reservations/expected.ts'
import { spentOf, type Reservation } from '../reservations/reservation.ts'
import type { NotedRun } from './noted-run.ts'

/** A run as limits count it: each once, whatever this browser knows it by. */
export interface KnownRun {
  /** Its prompt_id, or a name of a tab's own while the server has not taken it. */
  readonly id: string
  /** When it began, by the service's clock; Infinity where it has not. */
  readonly at: number
  readonly workflow: string | null
  readonly spentUsdMicros: number
  /** What it is expected to cost beyond that; 0 once it has ended. */
  readonly reservedUsdMicros: number
  /** What it cost by node or model, in proportion; null where that is not known. */
  readonly parts: readonly ExpectedPart[] | null
  /** Whether what it has cost so far is known. */
  readonly isKnown: boolean
}

export interface Evidence {
  /** Stored runs and this page's, newest first. */
  readonly summaries: readonly RunSummary[]
  /** Of all tabs. */
  readonly reservations: readonly Reservation[]
  readonly noted: ReadonlyMap<string, NotedRun>
  /** How far the service's clock is ahead of this page's. */
  readonly offsetMs: number
}

/** Clocks that were set, and days of different length. */
const SLACK_MS = 3 * 24 * 60 * 60 * 1000

/** From when on summaries are needed to know the runs that may have begun since `from`. */
export function neededSince(evidence: Omit<Evidence, 'summaries'>, from: number): number {
  const { reservations, noted, offsetMs } = evidence
  const taken = reservations.flatMap(({ takenAt }) => takenAt ?? [])
  const noticed = [...noted.values()].map(({ at }) => at)
  // A run that is noted or reserved may have begun later than a wrong clock says.
  return [...taken, ...noticed].reduce(
    (first, at) => Math.min(first, at),
    from - SLACK_MS - Math.abs(offsetMs),
  )
}

/** Of runs that may have begun since `from`. */
export function knownRuns(evidence: Evidence, from: number): KnownRun[] {
  const { summaries, reservations, noted } = evidence
  const reserved = new Map(reservations.map((run) => [run.id, run]))
  const runs: KnownRun[] = []
  const oldest = neededSince(evidence, from)
  for (const summary of summaries) {
    const { promptId, startedAt } = summary
    if (startedAt < oldest) break
    const known = { reserved: reserved.get(promptId), noted: noted.get(promptId) }
    reserved.delete(promptId)
    runs.push(ofSummary(summary, known, evidence.offsetMs))
  }
  for (const run of reserved.values()) {
    runs.push(ofReservation(run, noted.get(run.id), evidence.offsetMs))
  }
  return runs
}

interface Beside {
  readonly reserved: Reservation | undefined
  readonly noted: NotedRun | undefined
}

function ofSummary(summary: RunSummary, beside: Beside, offsetMs: number): KnownRun {
  const { reserved, noted } = beside
  const { change } = storedRow(summary)
  const isJudged = change.basis === 'actual' || change.basis === 'none'
  const isOver = summary.outcome !== 'running' || (reserved?.endedAt ?? null) !== null
  const quoted = Math.max(
    summary.announcedCredits === null ? 0 : usdMicrosFromCredits(summary.announcedCredits),
    reserved ? spentOf(reserved) : 0,
  )
  const isQuoted = summary.announcedCredits !== null || quoted > 0
  const expected = reserved?.expected?.usdMicros ?? noted?.usdMicros ?? 0
  const unpriced = summary.outcome === 'succeeded' ? expected : 0
  const spent = isJudged
    ? Math.max(0, -(changedUsdMicros(change) ?? 0))
    : isQuoted
      ? quoted
      : unpriced
  const most = Math.max(expected, reserved?.expected ? 0 : (reserved?.maxUsdMicros ?? 0))
  return {
    id: summary.promptId,
    at: timeOf(summary.startedAt, noted, offsetMs),
    workflow: summary.workflow,
    spentUsdMicros: spent,
    reservedUsdMicros: isOver ? 0 : Math.max(0, most - spent),
    parts: partsOf(summary) ?? reserved?.expected?.parts ?? noted?.parts ?? nodesOf(summary),
    isKnown: isJudged ? change.basis === 'none' || change.complete : isQuoted || !isOver,
  }
}

/** Where clocks disagree the later time counts: it may close a limit early, and opens none. */
function timeOf(startedAt: number, noted: NotedRun | undefined, offsetMs: number): number {
  return startedAt + Math.max(noted?.skewMs ?? 0, offsetMs)
}

/** Of a run that is queued, or that another tab has not stored yet. */
function ofReservation(run: Reservation, noted: NotedRun | undefined, offsetMs: number): KnownRun {
  const spent = spentOf(run)
  const most = run.expected?.usdMicros ?? run.maxUsdMicros
  const endedAt = run.endedAt === null ? Infinity : timeOf(run.endedAt, noted, offsetMs)
  return {
    id: run.id,
    at: endedAt,
    workflow: run.expected?.workflow ?? null,
    spentUsdMicros: spent,
    reservedUsdMicros: run.endedAt === null ? Math.max(0, most - spent) : 0,
    parts: run.expected?.parts ?? noted?.parts ?? null,
    isKnown: true,
  }
}

/** As the account has named the models; null where it has not. */
function partsOf({ models, shares, cost }: RunSummary): readonly ExpectedPart[] | null {
  if (models.length === 0) return null
  if (shares) {
    return shares.map(({ node, model, usdMicros, announcedCredits }) => ({
      names: [model ?? [], node ?? []].flat(),
      usdMicros:
        usdMicros ?? (announcedCredits === null ? 0 : usdMicrosFromCredits(announcedCredits)),
    }))
  }
  return models.length === 1 ? [{ names: models, usdMicros: cost?.usdMicros ?? 0 }] : null
}

function nodesOf({ nodes, shares }: RunSummary): readonly ExpectedPart[] | null {
  if (nodes.length === 1) return [{ names: nodes, usdMicros: 0 }]
  return (
    shares?.map(({ node, usdMicros, announcedCredits }) => ({
      names: node === null ? [] : [node],
      usdMicros:
        usdMicros ?? (announcedCredits === null ? 0 : usdMicrosFromCredits(announcedCredits)),
    })) ?? null
  )
}
