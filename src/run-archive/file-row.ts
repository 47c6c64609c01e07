import {
  MAX_CREDITS,
  isUsdMicros,
  usdMicrosFromCredits,
  usdMicrosFromUsd,
  centsFromUsdMicros,
} from '@comfyui-credits/contract/money'
import * as z from 'zod/mini'
import { verdictWord, type Verdict } from '../reconciliation/verdict.ts'
import type { Call, Run, RunOutcome } from '../runs/run.ts'
import { MAX_CALLS } from './bounds.ts'
import type { JudgedRun } from './port.ts'
import { MAX_TIME } from '../storage/stored-values.ts'
import { orElse, readable } from './readable.ts'
import { readStoredEvent, type StoredEvent } from './stored-event.ts'

/**
 * A row of the history as "Save as JSON" wrote it alone before: what a run or an event looked like
 * in the list. Less is known of such a run, so one with its calls takes its place (merge.ts).
 */
const MAX_NAMES = 1000
const text = orElse(z.nullable(z.string()), null)
const number = orElse(z.nullable(z.number()), null)
const quoted = orElse(z.nullable(z.number().check(z.gte(-MAX_CREDITS), z.lte(MAX_CREDITS))), null)
const names = orElse(readable(z.string(), MAX_NAMES), [])

const schema = z.object({
  time: text,
  kind: z.string(),
  status: text,
  event_type: text,
  workflow: text,
  nodes: names,
  models: names,
  calls: number,
  duration_ms: number,
  input_tokens: number,
  output_tokens: number,
  credits: quoted,
  usd: number,
  certainty: text,
  balance_after_credits: quoted,
  prompt_id: text,
  event_ids: names,
})
type FileRow = z.infer<typeof schema>

/** Nodes of such a run are not known by their id. */
const ROW_NODE = 'row:'

/** These follow from the balance, or are no charge: no event and no run stands behind them. */
const derivedKinds = new Set(['unexplained', 'shared', 'refused'])

const outcomes = z.enum([
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'interrupted',
  'cached',
  'lost',
] satisfies RunOutcome[])

export type ReadRow =
  | { readonly kind: 'run'; readonly judged: JudgedRun }
  | { readonly kind: 'event'; readonly event: StoredEvent }
  | { readonly kind: 'derived' }

/** Null for anything but a row. */
export function readRow(value: unknown): ReadRow | null {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return null
  const row = parsed.data
  if (derivedKinds.has(row.kind)) return { kind: 'derived' }
  const at = Date.parse(row.time ?? '')
  if (row.kind !== 'run') return eventOfRow(row, at)
  if (!row.prompt_id || Number.isNaN(at)) return null
  const run = runOfRow(row, row.prompt_id, at)
  return { kind: 'run', judged: { run, verdict: verdictOfRow(row, run) } }
}

/** Whether all that is known of a run is such a row. */
export function isOfRow({ calls }: { readonly calls: readonly { nodeId: string }[] }): boolean {
  return calls.length > 0 && calls.every(({ nodeId }) => nodeId.startsWith(ROW_NODE))
}

function runOfRow(row: FileRow, promptId: string, startedAt: number): Run {
  const ended = orElse(outcomes, 'lost').parse(row.status)
  const endedAt =
    ended === 'running' ? null : Math.min(MAX_TIME, startedAt + Math.max(0, row.duration_ms ?? 0))
  const isQuoted = row.certainty === 'announced' && row.credits !== null
  const announcedCredits = isQuoted ? Math.abs(row.credits ?? 0) : null
  const count = Math.min(MAX_CALLS, Math.max(row.calls ?? 0, row.nodes.length))
  const calls = Array.from({ length: Math.floor(count) }, (_, index): Call => {
    const price = count === 1 ? announcedCredits : null
    return {
      nodeId: `${ROW_NODE}${index + 1}`,
      nodeType: null,
      title: row.nodes[index] ?? row.nodes.at(-1) ?? null,
      announcedCredits: price,
      asked: 1,
      answers: price === null ? [] : [price],
      outcome: callOutcome(ended),
      startedAt,
      endedAt,
    }
  })
  return {
    promptId,
    number: null,
    purse: null,
    workflow: row.workflow,
    workflowHash: null,
    source: null,
    batch: 1,
    startedAt,
    endedAt,
    outcome: ended,
    reason: ended === 'failed' ? 'other' : null,
    calls,
    announcedCredits,
    output: null,
  }
}

function callOutcome(outcome: RunOutcome): Call['outcome'] {
  if (outcome === 'interrupted') return 'cancelled'
  return outcome === 'cached' ? 'succeeded' : outcome
}

/** Null where the row confirmed no figure. */
function verdictOfRow(row: FileRow, run: Run): Verdict | null {
  const { certainty } = row
  if (certainty !== 'proved' && certainty !== 'at-least') return null
  const usdMicros = Math.max(0, -usdMicrosFromUsd(row.usd ?? 0))
  if (!isUsdMicros(usdMicros)) return null
  const cost = { usdMicros, certainty } as const
  const spans = row.event_ids.length > 0 ? [] : spansOfRow(row, run, usdMicros)
  return {
    ...cost,
    promptId: run.promptId,
    word: verdictWord(run, cost),
    evidence: { match: spans.length > 0 ? null : 'time', eventIds: row.event_ids, spans },
    calls: run.calls.map(({ nodeId }, index) => ({
      nodeId,
      usdMicros: run.calls.length === 1 ? usdMicros : null,
      certainty: run.calls.length === 1 ? certainty : 'unknown',
      measures: {
        model: row.models[index] ?? null,
        inputTokens: index === 0 ? row.input_tokens : null,
        outputTokens: index === 0 ? row.output_tokens : null,
        images: null,
        seconds: null,
      },
    })),
    revised: null,
  }
}

/** The balance before and after, where the row has the one after. */
function spansOfRow(row: FileRow, { startedAt, endedAt }: Run, usdMicros: number) {
  if (row.balance_after_credits === null) return []
  const after = usdMicrosFromCredits(row.balance_after_credits)
  if (!isUsdMicros(after + usdMicros)) return []
  const from = { at: startedAt, usdMicros: after + usdMicros }
  return [{ from, to: { at: endedAt ?? startedAt, usdMicros: after } }]
}

function eventOfRow(row: FileRow, at: number): ReadRow | null {
  const usdMicros = row.usd === null ? null : usdMicrosFromUsd(row.usd)
  const isUsage = row.kind === 'usage'
  const cents = usdMicros === null || isUsage ? null : centsFromUsdMicros(usdMicros)
  const charge = usdMicros === null || !isUsage ? null : Math.max(0, -usdMicros)
  const details = {
    amount: cents,
    charge_micro_usd: charge,
    job_id: row.prompt_id,
    api_name: row.nodes[0],
    model: row.models[0],
    input_tokens: row.input_tokens,
    output_tokens: row.output_tokens,
    duration_ms: row.duration_ms,
    outcome: row.status === 'failed' ? 'failed' : null,
  }
  const event = readStoredEvent({
    event_id: row.event_ids[0] ?? `${ROW_NODE}${row.kind}:${row.time}`,
    event_type: row.event_type,
    createdAt: Number.isNaN(at) ? '' : new Date(at).toISOString(),
    params: details,
  })
  return event && { kind: 'event', event }
}
