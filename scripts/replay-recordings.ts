import { creditsFromUsdMicros, usdMicrosFromCents } from '@comfyui-credits/contract/money'
import { parseRunEvent } from '../src/runs/run-event.ts'
import {
  reconcile,
  type Part,
  type Reconciliation,
  type Span,
} from '../src/reconciliation/reconcile.ts'
import {
  closeRecorder,
  emptyRecorder,
  record,
  runsOf,
  type RecorderState,
} from '../src/runs/recorder.ts'
import type { Run } from '../src/runs/run.ts'
import type { Certainty, Verdict } from '../src/reconciliation/verdict.ts'
import type { Recording } from './recording.ts'

/** Amounts in credits; what left the account is positive. */
export interface Replayed {
  readonly runs: readonly ReplayedRun[]
  readonly unexplained_credits: number
  readonly explained: readonly Explained[]
  /** Requests that the server did not accept: no runs. */
  readonly refused: readonly { readonly code: string | null }[]
}

interface ReplayedRun {
  readonly prompt_id: string
  readonly outcome: Run['outcome']
  readonly cost: {
    readonly announced_credits: number | null
    readonly actual_credits: number | null
    readonly certainty: Certainty
  }
  readonly calls: readonly {
    readonly node_id: string
    readonly node_type: string | null
    readonly price_credits: number | null
    readonly price_kind: Certainty
    readonly outcome: Run['calls'][number]['outcome']
    /** How many responses had a price: a node with a list input has several. */
    readonly answers: number
  }[]
}

type Explained =
  | {
      readonly kind: 'run'
      readonly prompt_id: string
      readonly credits: number
      readonly charges: number
      readonly verdict: string
    }
  | { readonly kind: 'runs'; readonly prompt_ids: readonly string[]; readonly credits: number }
  | { readonly kind: 'rounding' | 'elsewhere'; readonly credits: number }

/** Long enough between two recordings that nothing of one counts for the other. */
const PAUSE_MS = 60_000

/**
 * Replays recordings as if one page had received them one after the other. Each has its own balance
 * readings: changes of the balance between recordings are not explained.
 */
export function replay(recordings: readonly Recording[]): Replayed {
  const spans: Span[] = []
  let state = emptyRecorder
  let now = 0
  for (const recording of recordings) {
    const begin = now
    const played = play(state, recording, begin + 1)
    state = played.state
    now = played.now + PAUSE_MS
    const { balance } = recording
    if (balance) {
      spans.push({
        from: { at: begin, usdMicros: usdMicrosFromCents(balance.beforeCents) },
        to: { at: now, usdMicros: usdMicrosFromCents(balance.afterCents) },
      })
    }
  }
  state = closeRecorder(state, now)
  const runs = runsOf(state).toReversed()
  // No run of a recording explains what another client spent, even where its price is known.
  const overheard = state.overheard.map((price) => ({ ...price, credits: 0 }))
  const result = reconcile({ spans, runs, events: [], overheard })
  return {
    runs: runs.map((run) => replayedRun(run, result.verdicts.get(run.promptId))),
    unexplained_credits: left(
      result.changes.reduce((sum, change) => sum + change.unexplainedUsdMicros, 0),
    ),
    explained: explained(result),
    refused: state.refused.map(({ code }) => ({ code })),
  }
}

function play(
  before: RecorderState,
  { events, nodeType }: Recording,
  begin: number,
): { state: RecorderState; now: number } {
  const facts = {
    purse: null,
    workflow: null,
    node: (nodeId: string) => {
      const type = nodeType(nodeId)
      return type === null ? null : { type, title: type }
    },
  }
  const zero = events[0]?.t ?? 0
  let state = before
  let now = begin
  for (const { t, type, detail } of events) {
    now = Math.max(now, begin + t - zero)
    const event = parseRunEvent({ type, detail, at: now })
    if (event) state = record(state, event, facts)
  }
  return { state, now }
}

function replayedRun(run: Run, verdict: Verdict | undefined): ReplayedRun {
  const certainty = verdict?.certainty ?? 'unknown'
  const silent = run.announcedCredits === null && run.calls.some(isSilent)
  return {
    prompt_id: run.promptId,
    outcome: run.outcome,
    cost: {
      announced_credits: run.announcedCredits ?? (silent ? null : 0),
      actual_credits: credits(verdict?.usdMicros ?? null),
      certainty,
    },
    calls: run.calls.map((call) => {
      const cost = verdict?.calls.find(({ nodeId }) => nodeId === call.nodeId)
      return {
        node_id: call.nodeId,
        node_type: call.nodeType,
        price_credits: credits(cost?.usdMicros ?? null),
        price_kind: cost?.certainty ?? 'unknown',
        outcome: call.outcome,
        answers: call.answers.length,
      }
    }),
  }
}

/** It may have cost something without reporting a price, so its price is unknown and not zero. */
function isSilent({ announcedCredits, outcome }: Run['calls'][number]): boolean {
  return announcedCredits === null && outcome !== 'failed'
}

const words = {
  charged: 'charged',
  'nothing-delivered': 'charged, nothing delivered',
  'nothing-charged': 'nothing charged',
  open: 'announced',
} as const satisfies Record<Verdict['word'], string>

/** What each change of the balance was, and which runs it shows to have cost nothing. */
function explained({ changes, verdicts }: Reconciliation): Explained[] {
  const parts = changes.flatMap((change) =>
    change.parts.map((part) => explainedPart(part, verdicts)),
  )
  const free = [...verdicts.values()]
    .filter(({ word }) => word === 'nothing-charged')
    .map(({ promptId }) => ({
      kind: 'run' as const,
      prompt_id: promptId,
      credits: 0,
      charges: 0,
      verdict: words['nothing-charged'],
    }))
  return [...parts, ...free]
}

function explainedPart(part: Part, verdicts: Reconciliation['verdicts']): Explained {
  const amount = left(part.usdMicros)
  if (part.kind === 'run') {
    const word = verdicts.get(part.promptId)?.word ?? 'open'
    const { promptId, charges } = part
    return { kind: 'run', prompt_id: promptId, credits: amount, charges, verdict: words[word] }
  }
  if (part.kind === 'runs') return { kind: 'runs', prompt_ids: part.promptIds, credits: amount }
  return { kind: part.kind === 'rounding' ? 'rounding' : 'elsewhere', credits: amount }
}

function credits(usdMicros: number | null): number | null {
  return usdMicros === null ? null : creditsFromUsdMicros(usdMicros)
}

/** The balance falls when credits leave; 0 and not -0. */
function left(usdMicros: number): number {
  return usdMicros === 0 ? 0 : creditsFromUsdMicros(-usdMicros)
}
