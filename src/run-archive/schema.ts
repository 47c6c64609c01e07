import * as z from 'zod/mini'
import { matches } from '../reconciliation/match-events.ts'
import type { RunSummary } from './summary.ts'
import type { Cost } from '../reconciliation/verdict.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { JudgedRun, SummaryKey } from './port.ts'

/**
 * What is in the database was perhaps written by another version, or by anybody who has this page's
 * console. What does not fit is not there.
 */
const optionalText = z.nullable(z.string())
/** What a Date can hold: another number cannot be shown as a time. */
const MAX_TIME = 8.64e15
const time = z.number().check(z.gte(-MAX_TIME), z.lte(MAX_TIME))
const credits = z.nullable(z.number().check(z.nonnegative()))
const count = z.int().check(z.nonnegative())

const callSchema = z.object({
  nodeId: z.string(),
  nodeType: optionalText,
  title: optionalText,
  announcedCredits: credits,
  asked: count,
  answers: z.array(credits),
  outcome: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'lost']),
  startedAt: time,
  endedAt: z.nullable(time),
})

const runSchema = z.object({
  promptId: z.string().check(z.minLength(1)),
  number: z.nullable(z.number()),
  purse: optionalText,
  workflow: optionalText,
  workflowHash: optionalText,
  source: optionalText,
  batch: count,
  startedAt: time,
  endedAt: z.nullable(time),
  outcome: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'interrupted', 'cached', 'lost']),
  reason: z.nullable(z.enum(['payment-required', 'unauthorized', 'other'])),
  calls: z.array(callSchema),
  announcedCredits: credits,
})

const reading = { at: time, usdMicros: z.int() }
const cost = {
  usdMicros: z.nullable(count),
  certainty: z.enum(['proved', 'at-least', 'announced', 'unknown']),
}
/** Nobody knows a figure of what is unknown, and nothing is sure of none. */
const isCost = z.refine<Cost>(
  ({ usdMicros, certainty }) => (usdMicros === null) === (certainty === 'unknown'),
)
const span = z.object({ from: z.object(reading), to: z.object(reading) })

const amount = z.nullable(z.number())
const measures = z.object({
  model: optionalText,
  inputTokens: amount,
  outputTokens: amount,
  images: amount,
  seconds: amount,
})

const verdictSchema = z
  .object({
    ...cost,
    promptId: z.string(),
    word: z.enum(['charged', 'nothing-delivered', 'nothing-charged', 'open']),
    evidence: z.object({
      match: z.nullable(z.enum(matches)),
      eventIds: z.array(z.string()),
      spans: z.array(span),
    }),
    calls: z.array(
      z.object({ nodeId: z.string(), ...cost, measures: z.nullable(measures) }).check(isCost),
    ),
    revised: z.nullable(z.object(cost).check(isCost)),
  })
  .check(isCost)

const anyRecord = z.object({ place: z.string() })
const runRecord = z.object({ place: z.string(), run: runSchema })
const verdictRecord = z.object({ place: z.string(), verdict: verdictSchema })
const readingRecord = z.object({ place: z.string(), ...reading })

const summaryKey = z.object({ place: z.string(), startedAt: time, promptId: z.string() })

const summarySchema = z.object({
  place: z.string(),
  promptId: runSchema.shape.promptId,
  startedAt: time,
  endedAt: z.nullable(time),
  outcome: runSchema.shape.outcome,
  reason: runSchema.shape.reason,
  workflow: optionalText,
  workflowHash: optionalText,
  nodes: z.array(z.string()),
  models: z.array(z.string()),
  calls: count,
  inputTokens: amount,
  outputTokens: amount,
  announcedCredits: credits,
  cost: z.nullable(
    z
      .object({ ...cost, word: verdictSchema.shape.word, revised: verdictSchema.shape.revised })
      .check(isCost),
  ),
})

/** Null for what is no run of this account. A verdict that is none is not there. */
export function readJudged(record: unknown, accountKey: string): JudgedRun | null {
  const parsed = runRecord.safeParse(record)
  if (!parsed.success || parsed.data.place !== accountKey) return null
  const judged = verdictRecord.safeParse(record)
  return { run: parsed.data.run, verdict: judged.success ? judged.data.verdict : null }
}

export function readReading(record: unknown, accountKey: string): Reading | null {
  const parsed = readingRecord.safeParse(record)
  if (!parsed.success || parsed.data.place !== accountKey) return null
  const { at, usdMicros } = parsed.data
  return { at, usdMicros }
}

/** Null for what is no summary of this account. */
export function readSummary(record: unknown, accountKey: string): RunSummary | null {
  const parsed = summarySchema.safeParse(record)
  if (!parsed.success || parsed.data.place !== accountKey) return null
  const { place: _place, ...summary } = parsed.data
  return summary
}

/** Null for one that we have not written; by their order, those come last. */
export function keyOfSummary(record: unknown): SummaryKey | null {
  const parsed = summaryKey.safeParse(record)
  return parsed.success ? [parsed.data.place, parsed.data.startedAt, parsed.data.promptId] : null
}

/** Null for what is no record of ours. */
export function placeOf(record: unknown): string | null {
  const parsed = anyRecord.safeParse(record)
  return parsed.success ? parsed.data.place : null
}
