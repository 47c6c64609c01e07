import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import { shownText } from '../ui/shown-text.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import { callsOf, type DetailCall } from './details.ts'
import type { HistoryRow, RowChange, RowParts } from './row.ts'

type Fact = readonly [name: string, value: string | number | null | undefined]

/**
 * What support needs to find a run and its charges: ids, times, amounts, and how each is known. No
 * token. In English in every language, as who reads it may have another; names from outside are in
 * one line each, so that none can pretend to be a fact of ours.
 */
export function runSupportText(row: HistoryRow, parts: RowParts, accountKey: string): string {
  const { run, verdict, events } = parts
  const facts: readonly Fact[] = [
    ['prompt_id', row.promptId],
    ['number', run?.number],
    ['workflow', row.workflow],
    ['workflow_hash', row.workflowHash],
    ['queued_by', run?.source],
    ['batch', run?.batch],
    ['started', time(row.at)],
    ['ended', time(run?.endedAt)],
    ['outcome', row.status],
    ['reason', row.reason],
    ['account', run?.purse ?? accountKey],
    ...costOf(verdict, row.change),
    ...(verdict ? evidenceOf(verdict) : []),
    ['events', events.map(({ id }) => id).join(' ') || null],
  ]
  return [...linesOf(facts), ...callsOf(parts).flatMap(callLines)].join('\n')
}

function costOf(verdict: Verdict | null, change: RowChange): Fact[] {
  if (verdict) {
    return [
      ['cost_usd_cents', cents(verdict.usdMicros)],
      ['certainty', verdict.certainty],
      ['verdict', verdict.word],
      ['said_before_usd_cents', verdict.revised && cents(verdict.revised.usdMicros)],
    ]
  }
  if (change.basis === 'actual') return [['cost_usd_cents', cents(-change.usdMicros)]]
  return change.basis === 'announced' ? [['announced_credits', change.credits]] : []
}

function evidenceOf({ evidence }: Verdict): Fact[] {
  return [
    ['matched_by', evidence.match],
    ['matched_events', evidence.eventIds.join(' ') || null],
    ...evidence.spans.map(({ from, to }): Fact => [
      'balance_usd_cents',
      `${cents(from.usdMicros)} at ${time(from.at)}, ${cents(to.usdMicros)} at ${time(to.at)}`,
    ]),
  ]
}

function callLines(call: DetailCall, index: number): string[] {
  const { measures, announced } = call
  return [
    `call ${index + 1}`,
    ...linesOf([
      ['node', call.nodeId],
      ['type', call.nodeType],
      ['title', call.name],
      ['outcome', call.outcome],
      ['duration_ms', call.durationMs],
      ['announced_credits', announced?.credits],
      ['answers', announced?.answers],
      ['cost_usd_cents', cents(call.usdMicros)],
      ['certainty', call.certainty],
      ['model', measures?.model],
      ['input_tokens', measures?.inputTokens],
      ['output_tokens', measures?.outputTokens],
      ['images', measures?.images],
      ['seconds', measures?.seconds],
    ]).map((line) => `  ${line}`),
  ]
}

function linesOf(facts: readonly Fact[]): string[] {
  return facts.flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`${name}: ${shownText(String(value))}`],
  )
}

function cents(usdMicros: number | null): number | null {
  return usdMicros === null ? null : centsFromUsdMicros(usdMicros)
}

function time(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString()
}
