import { usdMicrosFromCents } from '@comfyui-credits/contract/money'
import type { Match } from './match-events.ts'
import type { Span } from './fit.ts'
import type { Run } from '../runs/run.ts'

/**
 * How sure a figure is. `proved`: events or the balance show it. `at-least`: so much is shown, and
 * more may be to come. `announced`: only the run's own texts say so. `unknown`: nobody has said.
 */
export type Certainty = 'proved' | 'at-least' | 'announced' | 'unknown'

export interface Cost {
  /** Null when unknown. Never negative. */
  readonly usdMicros: number | null
  readonly certainty: Certainty
}

/** What the account says was asked and got; null where it does not say. */
export interface Measures {
  readonly model: string | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly images: number | null
  readonly seconds: number | null
}

export interface JudgedCall extends Cost {
  readonly nodeId: string
  /** Null while no event was put to the call. */
  readonly measures: Measures | null
}

/** Who of a workspace made a run, and by which API keys, as its events name them. */
export interface Who {
  readonly members: readonly string[]
  readonly apiKeys: readonly string[]
}

export interface Verdict extends Cost {
  readonly promptId: string
  /** Absent where the account does not say. */
  readonly who?: Who | undefined
  /**
   * What was got for it. `nothing-delivered`: it failed or was stopped, and cost money all the
   * same. `nothing-charged` and `charged` are said only of what is proved.
   */
  readonly word: 'charged' | 'nothing-delivered' | 'nothing-charged' | 'open'
  /** What shows it: events of the account, by what they were matched, or the balance. */
  readonly evidence: {
    readonly match: Match | null
    readonly eventIds: readonly string[]
    readonly spans: readonly Span[]
  }
  readonly calls: readonly JudgedCall[]
  /** What was said before, where later evidence has changed the figure. */
  readonly revised: Cost | null
}

const ONE_CENT = usdMicrosFromCents(1)

/**
 * Whether an event or the balance shows it, and not only the run's own texts. An event without a
 * charge only shows that a call was made.
 */
export function isShown({ evidence, word }: Pick<Verdict, 'evidence' | 'word'>): boolean {
  return evidence.spans.length > 0 || (evidence.match !== null && word !== 'open')
}

/** Of a cost that something shows. */
export function verdictWord(run: Run, { usdMicros, certainty }: Cost): Verdict['word'] {
  if (usdMicros === 0) return certainty === 'proved' ? 'nothing-charged' : 'open'
  const stopped = ['failed', 'cancelled', 'interrupted'].includes(run.outcome)
  return stopped ? 'nothing-delivered' : 'charged'
}

/**
 * A verdict after an earlier one of the same run. What was shown once stays shown, though what
 * showed it is not at hand any more, as after a reload: only a surer thing changes it, and then the
 * verdict says what it was. The same again gives the same, so that tabs which know different things
 * come to an end.
 */
export function holdVerdict(now: Verdict, before: Verdict | undefined): Verdict {
  if (!before) return now
  const who = now.who ?? before.who
  if (isChargedSince(before, now))
    return { ...withCallsOf(before, now), who, revised: costOf(before) }
  if (isSurer(before, now)) return { ...before, promptId: now.promptId, who }
  return { ...now, who, revised: isNews(now, before) ? costOf(before) : before.revised }
}

/** A later change of the balance, which shows more than those that showed what was said before. */
function isChargedSince(before: Verdict, now: Verdict): boolean {
  const { spans, eventIds } = before.evidence
  const until = Math.max(...spans.map(({ to }) => to.at))
  const isLater = now.evidence.spans.some(({ from }) => from.at >= until)
  const areProved = before.certainty === 'proved' && now.certainty === 'proved'
  const more = (now.usdMicros ?? 0) > (before.usdMicros ?? 0)
  const isByBalance = spans.length > 0 && now.evidence.eventIds.length === eventIds.length
  return areProved && isByBalance && isLater && more
}

function withCallsOf(before: Verdict, now: Verdict): Verdict {
  const wereProved = new Map(
    before.calls.flatMap((call) =>
      call.certainty === 'proved' ? [[call.nodeId, call] as const] : [],
    ),
  )
  const calls = now.calls.map((call) =>
    call.certainty === 'proved' ? call : (wereProved.get(call.nodeId) ?? call),
  )
  return { ...now, calls }
}

/**
 * Events of the account are surer than the balance, which others move too, and more of them than
 * fewer: another tab may know but a part. Of as many, the higher figure is surer, and then what is
 * proved.
 */
function isSurer(before: Verdict, now: Verdict): boolean {
  if (!isShown(before)) return false
  if (!isShown(now)) return true
  const wasProved = before.certainty === 'proved'
  const isProved = now.certainty === 'proved'
  const events = now.evidence.eventIds.length
  const newEvents = events - before.evidence.eventIds.length
  if (newEvents < 0) return true
  if (isProved && newEvents > 0) return false
  // By the balance both: what was proved first stays.
  if (isProved && wasProved && events === 0) return true
  const more = (now.usdMicros ?? 0) - (before.usdMicros ?? 0)
  return more < 0 || (more === 0 && wasProved && !isProved)
}

/**
 * Another certainty for the same figure is not news, nor is a rounded cent, nor more where more was
 * still to come.
 */
function isNews(now: Verdict, before: Verdict): boolean {
  if (before.usdMicros === null) return false
  if (now.usdMicros === null) return true
  if (before.certainty === 'at-least') return now.usdMicros < before.usdMicros
  const off = Math.abs(before.usdMicros - now.usdMicros)
  return before.certainty === 'announced' ? off >= now.calls.length * ONE_CENT && off > 0 : off > 0
}

function costOf({ usdMicros, certainty }: Cost): Cost {
  return { usdMicros, certainty }
}
