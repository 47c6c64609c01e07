import * as z from 'zod/mini'
import { matches } from '../../history/join.ts'
import type { Run } from '../run.ts'
import type { Verdict } from '../verdict.ts'
import type { Reading } from './port.ts'

/**
 * What is in the database was perhaps written by another version, or by anybody who has this page's
 * console. What does not fit is not there.
 */
const optionalText = z.nullable(z.string())
const time = z.number()
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
const span = z.object({ from: z.object(reading), to: z.object(reading) })

const amount = z.nullable(z.number())
const measures = z.object({
  model: optionalText,
  inputTokens: amount,
  outputTokens: amount,
  images: amount,
  seconds: amount,
})

const verdictSchema = z.object({
  ...cost,
  promptId: z.string(),
  word: z.enum(['charged', 'nothing-delivered', 'nothing-charged', 'open']),
  evidence: z.object({
    match: z.nullable(z.enum(matches)),
    eventIds: z.array(z.string()),
    spans: z.array(span),
  }),
  calls: z.array(z.object({ nodeId: z.string(), ...cost, measures: z.nullable(measures) })),
  revised: z.nullable(z.object(cost)),
})

const runRecord = z.object({ place: z.string(), run: runSchema })
const verdictRecord = z.object({ place: z.string(), verdict: verdictSchema })
const readingRecord = z.object({ place: z.string(), ...reading })

/** Null for what is no run of this place. */
export function readRun(record: unknown, place: string): Run | null {
  const parsed = runRecord.safeParse(record)
  return parsed.success && parsed.data.place === place ? parsed.data.run : null
}

/** Null for a run of which nothing was said yet, and for what is no verdict. */
export function readVerdict(record: unknown, place: string): Verdict | null {
  const parsed = verdictRecord.safeParse(record)
  return parsed.success && parsed.data.place === place ? parsed.data.verdict : null
}

export function readReading(record: unknown, place: string): Reading | null {
  const parsed = readingRecord.safeParse(record)
  if (!parsed.success || parsed.data.place !== place) return null
  const { at, usdMicros } = parsed.data
  return { at, usdMicros }
}
