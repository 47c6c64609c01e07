import * as z from 'zod/mini'
import { matches } from '../reconciliation/match-events.ts'
import { MAX_SHARES, type RunSummary } from './summary.ts'
import type { Cost } from '../reconciliation/verdict.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import { outputFileSchema } from '../runs/output-file.ts'
import {
  MAX_ANSWERS,
  MAX_CALLS,
  MAX_EVENT_IDS,
  MAX_NAMES,
  MAX_OWNERS,
  MAX_SPANS,
} from './bounds.ts'
import type { JudgedRun } from './port.ts'
import { moneySchema, priceSchema, timeSchema as time } from '../storage/stored-values.ts'
import { orElse, readable } from './readable.ts'
import { readStoredEvent, type StoredEvent } from './stored-event.ts'

/**
 * Another version may have written what is in the database, or anybody with this page's console, and
 * a file may come from anywhere. What does not fit is dropped, and as little as possible with it: a
 * value that cannot be a price leaves the call, a call that is none leaves the run.
 */
const optionalText = z.nullable(z.string())
const MAX_ID = 300
const credits = orElse(z.nullable(priceSchema), null)
const count = z.int().check(z.nonnegative())
/** Runs that were stored before outputs were have none. */
const output = orElse(z.nullable(outputFileSchema), null)

const callSchema = z.object({
  nodeId: z.string(),
  nodeType: optionalText,
  title: optionalText,
  announcedCredits: credits,
  asked: count,
  answers: readable(credits, MAX_ANSWERS),
  outcome: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'lost']),
  startedAt: time,
  endedAt: z.nullable(time),
})

const denial = z.object({
  reason: z.nullable(z.string().check(z.maxLength(MAX_ID))),
  owners: readable(z.string(), MAX_OWNERS),
})

const settings = z.record(z.string().check(z.maxLength(MAX_ID)), z.string().check(z.maxLength(32)))

const runSchema = z.object({
  promptId: z.string().check(z.minLength(1), z.maxLength(MAX_ID)),
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
  denial: orElse(z.optional(denial), undefined),
  calls: readable(callSchema, MAX_CALLS),
  settings: orElse(z.optional(settings), undefined),
  announcedCredits: credits,
  output,
})

const reading = { at: time, usdMicros: moneySchema }
const cost = {
  usdMicros: z.nullable(moneySchema.check(z.nonnegative())),
  certainty: z.enum(['proved', 'at-least', 'announced', 'unknown']),
}
/** Nobody knows a figure of what is unknown, and nothing is sure of none. */
const isCost = z.refine<Cost>(
  ({ usdMicros, certainty }) => (usdMicros === null) === (certainty === 'unknown'),
)
const span = z.object({ from: z.object(reading), to: z.object(reading) })

const nameList = readable(z.string(), MAX_NAMES)

/** Of a summary these are sums, which must stay numbers. */
const MAX_AMOUNT = Number.MAX_SAFE_INTEGER
const amount = orElse(z.nullable(z.number().check(z.gte(-MAX_AMOUNT), z.lte(MAX_AMOUNT))), null)
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
    who: orElse(z.optional(z.object({ members: nameList, apiKeys: nameList })), undefined),
    word: z.enum(['charged', 'nothing-delivered', 'nothing-charged', 'open']),
    evidence: z.object({
      match: z.nullable(z.enum(matches)),
      eventIds: readable(z.string().check(z.maxLength(MAX_ID)), MAX_EVENT_IDS),
      spans: readable(span, MAX_SPANS),
    }),
    calls: readable(
      z
        .object({ nodeId: z.string(), ...cost, measures: orElse(z.nullable(measures), null) })
        .check(isCost),
      MAX_CALLS,
    ),
    revised: orElse(z.nullable(z.object(cost).check(isCost)), null),
  })
  .check(isCost)

const anyRecord = z.object({ place: z.string() })
const runRecord = z.object({ place: z.string(), run: runSchema })
const verdictRecord = z.object({ place: z.string(), verdict: verdictSchema })
const eventRecord = z.object({ place: z.string(), event: z.unknown() })
const readingRecord = z.object({ place: z.string(), ...reading })

const sum = orElse(z.nullable(z.number()), null)

const shareSchema = z
  .object({ node: optionalText, model: optionalText, ...cost, announcedCredits: credits })
  .check(isCost)

const summarySchema = z.object({
  place: z.string(),
  promptId: runSchema.shape.promptId,
  startedAt: time,
  endedAt: z.nullable(time),
  outcome: runSchema.shape.outcome,
  reason: runSchema.shape.reason,
  denial: runSchema.shape.denial,
  workflow: optionalText,
  workflowHash: optionalText,
  nodes: z.array(z.string()),
  models: z.array(z.string()),
  members: orElse(z.optional(nameList), undefined),
  apiKeys: orElse(z.optional(nameList), undefined),
  shares: orElse(z.optional(z.array(shareSchema).check(z.maxLength(MAX_SHARES))), undefined),
  calls: count,
  inputTokens: sum,
  outputTokens: sum,
  announcedCredits: credits,
  output,
  cost: z.nullable(
    z
      .object({ ...cost, word: verdictSchema.shape.word, revised: verdictSchema.shape.revised })
      .check(isCost),
  ),
})

/** Null for anything but a run of this account. An unreadable verdict is left out. */
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

/** Null for anything but an event of this account. */
export function readEvent(record: unknown, accountKey: string): StoredEvent | null {
  const parsed = eventRecord.safeParse(record)
  if (!parsed.success || parsed.data.place !== accountKey) return null
  return readStoredEvent(parsed.data.event)
}

/** Null for anything but a summary of this account. */
export function readSummary(record: unknown, accountKey: string): RunSummary | null {
  const parsed = summarySchema.safeParse(record)
  if (!parsed.success || parsed.data.place !== accountKey) return null
  const { place: _place, ...summary } = parsed.data
  return summary
}

/** Null for anything but a record of ours. */
export function placeOf(record: unknown): string | null {
  const parsed = anyRecord.safeParse(record)
  return parsed.success ? parsed.data.place : null
}
