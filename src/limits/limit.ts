import { MAX_USD_MICROS } from '@comfyui-credits/contract/money'
import * as z from 'zod/mini'
import { orElse } from '../run-archive/readable.ts'

/** `run` is each run by itself; the others are periods of the calendar, in the person's time zone. */
export type LimitPeriod = 'run' | 'day' | 'week' | 'month'

export type LimitScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'workflow'; readonly name: string }
  | { readonly kind: 'model'; readonly model: string }

/** How much may be spent in a period, and what happens before more is. */
export interface Limit {
  readonly id: string
  readonly period: LimitPeriod
  readonly scope: LimitScope
  readonly usdMicros: number
  readonly action: 'warn' | 'stop'
}

/** Auto-queue that spends more than `usdMicros` in `minutes` is paused. */
export interface Runaway {
  readonly usdMicros: number
  readonly minutes: number
}

/** What a person has set for one account in this browser. Null: not set. */
export interface LimitSettings {
  readonly limits: readonly Limit[]
  readonly askAboveUsdMicros: number | null
  readonly lowBalanceUsdMicros: number | null
  readonly runaway: Runaway | null
}

export const noLimits: LimitSettings = {
  limits: [],
  askAboveUsdMicros: null,
  lowBalanceUsdMicros: null,
  runaway: null,
}

/** More than anybody sets. */
export const MAX_LIMITS = 50
export const MAX_RUNAWAY_MINUTES = 24 * 60
const MAX_ID = 64
/** As long as the name of a workflow or a model gets. */
const MAX_NAME = 500

const amount = z.int().check(z.gte(0), z.lte(MAX_USD_MICROS))
const name = z.string().check(z.minLength(1), z.maxLength(MAX_NAME))

export const limitSchema = z.object({
  id: z.string().check(z.minLength(1), z.maxLength(MAX_ID)),
  period: z.enum(['run', 'day', 'week', 'month']),
  scope: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('all') }),
    z.object({ kind: z.literal('workflow'), name }),
    z.object({ kind: z.literal('model'), model: name }),
  ]),
  usdMicros: amount,
  action: z.enum(['warn', 'stop']),
})

const runawaySchema = z.object({
  usdMicros: amount,
  minutes: z.int().check(z.gte(1), z.lte(MAX_RUNAWAY_MINUTES)),
})

/** What cannot be understood counts as not set: the rest still holds. */
const settingsSchema = z.object({
  limits: orElse(z.array(z.unknown()), []),
  askAboveUsdMicros: orElse(z.nullable(amount), null),
  lowBalanceUsdMicros: orElse(z.nullable(amount), null),
  runaway: orElse(z.nullable(runawaySchema), null),
})

/** Of what was stored, or stands in a file. Null for what are no settings at all. */
export function parseSettings(value: unknown): LimitSettings | null {
  const parsed = settingsSchema.safeParse(value)
  if (!parsed.success) return null
  const known = parsed.data.limits.flatMap((each) => parseLimit(each) ?? [])
  const byId = new Map(known.map((limit) => [limit.id, limit]))
  return { ...parsed.data, limits: [...byId.values()].slice(0, MAX_LIMITS) }
}

function parseLimit(value: unknown): Limit | null {
  const parsed = limitSchema.safeParse(value)
  return parsed.success ? parsed.data : null
}

/**
 * The settings as they are stored over `before`. What a newer version has added to the record or to
 * a limit stays, and so do limits that this version does not understand.
 */
export function storedForm(settings: LimitSettings, before: unknown): Record<string, unknown> {
  const record = isRecord(before) ? before : {}
  const old = Array.isArray(record['limits']) ? record['limits'].filter(isRecord) : []
  const oldOf = new Map(old.map((each) => [each['id'], each]))
  const foreign = old.filter((each) => parseLimit(each) === null)
  return {
    ...record,
    ...settings,
    limits: [...settings.limits.map((limit) => ({ ...oldOf.get(limit.id), ...limit })), ...foreign],
  }
}

/** A file adds what is not set. It takes no limit away, nor changes one: it may be an old one. */
export function withImported(now: LimitSettings, file: LimitSettings): LimitSettings {
  const ids = new Set(now.limits.map(({ id }) => id))
  return {
    limits: [...now.limits, ...file.limits.filter(({ id }) => !ids.has(id))],
    askAboveUsdMicros: now.askAboveUsdMicros ?? file.askAboveUsdMicros,
    lowBalanceUsdMicros: now.lowBalanceUsdMicros ?? file.lowBalanceUsdMicros,
    runaway: now.runaway ?? file.runaway,
  }
}

/** Nothing is set, also by no newer version: then nothing is stored. */
export function isNothing(form: Readonly<Record<string, unknown>>): boolean {
  return Object.values(form).every(
    (value) => value === null || (Array.isArray(value) && value.length === 0),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
