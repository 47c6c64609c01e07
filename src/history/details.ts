import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { mostChargesOf, type Call } from '../runs/run.ts'
import type { Certainty, Measures, Verdict } from '../reconciliation/verdict.ts'
import type { AccountEvent } from '../account-events/account-event.ts'
import type { RowParts } from './row.ts'

/** One call of an opened row. Names are as they came from outside. */
export interface DetailCall {
  readonly key: string
  readonly name: string | null
  readonly nodeType: string | null
  /** Null for a call of which only the account knows. */
  readonly nodeId: string | null
  readonly outcome: Call['outcome'] | null
  readonly durationMs: number | null
  /** Null when unknown. */
  readonly usdMicros: number | null
  readonly certainty: Certainty
  /** What its texts said last, and for how many answers; null where they said no price. */
  readonly announced: { readonly credits: number; readonly answers: number } | null
  readonly measures: Measures | null
}

/** What a row's calls come to, each kind for itself: together they are of no certainty at all. */
export interface DetailSums {
  readonly provedUsdMicros: number | null
  readonly announcedUsdMicros: number | null
  readonly unknown: number
}

/** The calls of a run, as this browser saw them; of a run of elsewhere, what the account says. */
export function callsOf({ run, verdict, events }: RowParts): DetailCall[] {
  if (run && run.calls.length > 0) return run.calls.map((call) => seenCall(call, verdict))
  return events.map(toldCall)
}

function seenCall(call: Call, verdict: Verdict | null): DetailCall {
  const { nodeId, nodeType, title, outcome, announcedCredits, startedAt, endedAt } = call
  const judged = verdict?.calls.find((other) => other.nodeId === nodeId)
  const said = announcedCredits === null ? null : usdMicrosFromCredits(announcedCredits)
  return {
    key: `call:${nodeId}`,
    name: title,
    nodeType,
    nodeId,
    outcome,
    durationMs: endedAt === null ? null : endedAt - startedAt,
    usdMicros: judged ? judged.usdMicros : said,
    certainty: judged?.certainty ?? (said === null ? 'unknown' : 'announced'),
    announced:
      announcedCredits === null
        ? null
        : { credits: announcedCredits, answers: mostChargesOf(call) },
    measures: judged?.measures ?? null,
  }
}

function toldCall(event: AccountEvent): DetailCall {
  const { id, api, nodeType, chargeUsdMicros, model, inputTokens, outputTokens } = event
  const { images, seconds, outcome, durationMs } = event
  return {
    key: `event:${id}`,
    name: api,
    nodeType,
    nodeId: null,
    outcome: outcome === 'failed' || outcome === 'succeeded' ? outcome : null,
    durationMs,
    usdMicros: chargeUsdMicros,
    certainty: chargeUsdMicros === null ? 'unknown' : 'proved',
    announced: null,
    measures: { model, inputTokens, outputTokens, images, seconds },
  }
}

export function sumsOf(calls: readonly DetailCall[]): DetailSums {
  const sumWhere = (...kinds: readonly Certainty[]): number | null => {
    const amounts = calls.flatMap(({ usdMicros, certainty }) =>
      kinds.includes(certainty) ? (usdMicros ?? []) : [],
    )
    return amounts.length === 0 ? null : amounts.reduce((sum, amount) => sum + amount, 0)
  }
  return {
    provedUsdMicros: sumWhere('proved'),
    announcedUsdMicros: sumWhere('announced', 'at-least'),
    unknown: calls.filter(({ usdMicros }) => usdMicros === null).length,
  }
}
