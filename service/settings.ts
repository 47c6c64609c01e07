import * as z from 'zod'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { isFitAddress } from './addresses.ts'
import type { DatabaseLocation } from './database/open.ts'
import type { Rate, Rates } from './http/rate-limits.ts'
import type { Concurrency, ConcurrencyTier } from './proxy/concurrency.ts'
import { DEFAULT_LIMITS, type ServerLimits } from './database/pool.ts'

const GOOGLE_JWKS =
  'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com'

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) address' })
const httpBase = httpUrl.transform((url) => url.replace(/\/+$/, ''))
const required = z.string({ error: 'is required' })
/** `30/600`: 30 within 600 seconds. */
const rate = z.string().transform((text, context): Rate | null => {
  if (text === 'off') return null
  const [, points, seconds] = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text) ?? []
  if (points !== undefined && seconds !== undefined) {
    return { points: Number(points), seconds: Number(seconds) }
  }
  context.addIssue({ code: 'custom', message: 'must be like 30/600 (in seconds), or off' })
  return z.NEVER
})
/** `0:5,50:10`: 5 calls at once, and 10 after 50 USD were paid. */
const concurrency = z.string().transform((text, context): Concurrency => {
  if (text === 'off') return null
  const tiers = text.split(',').map((tier): ConcurrencyTier => {
    const [, usd, calls] = /^(\d{1,7}):([1-9]\d{0,3})$/.exec(tier.trim()) ?? []
    return { paidUsdMicros: usdMicrosFromUsd(Number(usd)), calls: Number(calls) }
  })
  const rising = tiers.every(
    ({ paidUsdMicros, calls }, index) =>
      calls > 0 && paidUsdMicros > (tiers[index - 1]?.paidUsdMicros ?? -1),
  )
  if (rising && tiers[0]?.paidUsdMicros === 0) return tiers
  context.addIssue({ code: 'custom', message: 'must be like 0:5,50:10 (USD paid:calls), or off' })
  return z.NEVER
})
const milliseconds = z.coerce.number().int().min(100).max(600_000)

/**
 * What the events of API calls carry: `none` are listed; `plain` have the API and the model, `priced`
 * the charge too, `full` all that is known, the run's id among it.
 */
const usageContents = ['none', 'plain', 'priced', 'full'] as const
export type UsageContent = (typeof usageContents)[number]

/**
 * What a call of a partner needs. `strict`: its estimate, besides what running calls reserve, so no
 * call ends below zero. `comfy`: a balance above zero, as ComfyUI's own service, which calls in flight
 * may then take below.
 */
const admissions = ['strict', 'comfy'] as const
export type Admission = (typeof admissions)[number]

/** The environment, as documented in README.md. An empty variable counts as unset. */
const environmentSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  BIND: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpBase.optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(500).default(DEFAULT_LIMITS.poolSize),
  DATABASE_CONNECT_MS: milliseconds.default(DEFAULT_LIMITS.connectMs),
  DATABASE_STATEMENT_MS: milliseconds.default(DEFAULT_LIMITS.statementMs),
  DATABASE_LOCK_MS: milliseconds.default(DEFAULT_LIMITS.lockMs),
  DATA_DIR: z.string().default('.data/credits'),
  BACKUPS: z.coerce.number().int().min(0).max(3_650).default(7),
  AUTH_ISSUER: z.string().default('https://securetoken.google.com/dreamboothy'),
  AUTH_AUDIENCE: z.string().default('dreamboothy'),
  AUTH_JWKS_URL: httpUrl.default(GOOGLE_JWKS),
  WORKSPACE_TOKEN_SECRET: required.min(16, 'must have at least 16 characters'),
  STRIPE_SECRET_KEY: required,
  STRIPE_WEBHOOK_SECRET: required,
  STRIPE_API_BASE: httpBase.optional(),
  STRIPE_PUBLISHABLE_KEY: z.string().regex(/^pk_/, 'must begin with pk_').optional(),
  ADMIN_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  RECONCILE_SECONDS: z.coerce.number().int().min(0).max(3_600).default(20),
  PARTNER_BASE_URL: required.pipe(httpBase),
  RATE_WRONG_CREDENTIALS: rate.prefault('100/600'),
  RATE_PURCHASES: rate.prefault('30/600'),
  RATE_QUESTIONS: rate.prefault('300/60'),
  RATE_CALLS: rate.prefault('600/60'),
  RATE_KEY_CALLS: rate.prefault('300/60'),
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  ADMISSION: z.enum(admissions).default('strict'),
  CONCURRENCY: concurrency.prefault('0:5,50:10,250:20,1000:40'),
  WEBHOOK_BODY_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
  STREAM_SECONDS: z.coerce.number().int().min(10).max(3_600).default(600),
  CONTRACT: z.enum(['extended', 'plain']).default('extended'),
  USAGE_EVENTS: z.enum(usageContents).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
})

/** `extended` adds to ComfyUI's contract and says so in the balance answer; `plain` adds nothing. */
export type ContractMode = 'extended' | 'plain'

export interface Settings {
  /** 0 takes any free port. */
  readonly port: number
  readonly bind: string
  /** How browsers reach the service, without a trailing slash; null: the address it listens on. */
  readonly publicUrl: string | null
  readonly database: DatabaseLocation
  /** How many daily backups of the embedded database are kept; 0: none are made. */
  readonly dailyBackups: number
  /** Of a server. */
  readonly databaseLimits: ServerLimits
  readonly identity: {
    readonly issuer: string
    readonly audience: string
    readonly jwksUrl: string
  }
  readonly workspaceTokenSecret: string
  readonly stripe: {
    readonly secretKey: string
    readonly webhookSecret: string
    /** Null is Stripe itself. */
    readonly apiBase: string | null
    /** For pages that pay with Stripe.js; null: not offered. */
    readonly publishableKey: string | null
  }
  /** The operators' token; null: no routes for them. */
  readonly adminToken: string | null
  /** How often to compare with Stripe automatically; 0: never. */
  readonly reconcileEveryMs: number
  readonly partnerBaseUrl: string
  readonly rates: Rates
  /** How many proxies before the service add the true address to X-Forwarded-For. */
  readonly trustedProxies: number
  readonly admission: Admission
  readonly concurrency: Concurrency
  /** How long bodies of processed events are stored. */
  readonly webhookBodyDays: number
  /** How long a stream of a balance lives. */
  readonly streamLifeMs: number
  readonly contract: ContractMode
  readonly usageEvents: UsageContent
  readonly logLevel: z.infer<typeof environmentSchema>['LOG_LEVEL']
}

/** Throws a SettingsError whose message names every bad variable, and no value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

type Environment = Readonly<Record<string, string | undefined>>

function check<T>(schema: z.ZodType<T>, environment: Environment): T {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  throw new SettingsError(`The settings are not usable: ${faults.join('; ')}.`)
}

const databaseSchema = environmentSchema
  .pick({ DATABASE_URL: true, DATA_DIR: true })
  .transform(({ DATABASE_URL: url, DATA_DIR: folder }): DatabaseLocation =>
    url === undefined ? { folder } : { url },
  )

/** Where the ledger is, for what needs nothing else of the service. */
export function readDatabase(environment: Environment): DatabaseLocation {
  return check(databaseSchema, environment)
}

export function readSettings(environment: Environment): Settings {
  const env = check(environmentSchema, environment)
  checkSameMode(env.STRIPE_SECRET_KEY, env.STRIPE_PUBLISHABLE_KEY)
  checkAddresses(env)
  return {
    port: env.PORT,
    bind: env.BIND,
    publicUrl: env.PUBLIC_URL ?? null,
    database: readDatabase(environment),
    dailyBackups: env.BACKUPS,
    databaseLimits: {
      poolSize: env.DATABASE_POOL_SIZE,
      connectMs: env.DATABASE_CONNECT_MS,
      statementMs: env.DATABASE_STATEMENT_MS,
      lockMs: env.DATABASE_LOCK_MS,
    },
    identity: {
      issuer: env.AUTH_ISSUER,
      audience: env.AUTH_AUDIENCE,
      jwksUrl: env.AUTH_JWKS_URL,
    },
    workspaceTokenSecret: env.WORKSPACE_TOKEN_SECRET,
    stripe: {
      secretKey: env.STRIPE_SECRET_KEY,
      webhookSecret: env.STRIPE_WEBHOOK_SECRET,
      apiBase: env.STRIPE_API_BASE ?? null,
      publishableKey: env.STRIPE_PUBLISHABLE_KEY ?? null,
    },
    adminToken: env.ADMIN_TOKEN ?? null,
    reconcileEveryMs: env.RECONCILE_SECONDS * 1_000,
    partnerBaseUrl: env.PARTNER_BASE_URL,
    rates: {
      wrongCredentials: env.RATE_WRONG_CREDENTIALS,
      purchases: env.RATE_PURCHASES,
      questions: env.RATE_QUESTIONS,
      calls: env.RATE_CALLS,
      keyCalls: env.RATE_KEY_CALLS,
    },
    trustedProxies: env.TRUSTED_PROXIES,
    admission: env.ADMISSION,
    concurrency: env.CONCURRENCY,
    webhookBodyDays: env.WEBHOOK_BODY_DAYS,
    streamLifeMs: env.STREAM_SECONDS * 1_000,
    contract: env.CONTRACT,
    usageEvents: env.USAGE_EVENTS ?? (env.CONTRACT === 'plain' ? 'priced' : 'full'),
    logLevel: env.LOG_LEVEL,
  }
}

/** Servers that an https service gives secrets, logins or work to (`addresses.ts`). */
const servers = ['AUTH_JWKS_URL', 'STRIPE_API_BASE', 'PARTNER_BASE_URL'] as const

function checkAddresses(env: z.infer<typeof environmentSchema>): void {
  const unfit = servers.filter((name) => {
    const address = env[name]
    return address !== undefined && !isFitAddress(address, env.PUBLIC_URL ?? '')
  })
  if (unfit.length === 0) return
  throw new SettingsError(
    `The settings are not usable: with an https PUBLIC_URL, ${unfit.join(' and ')} must be https or on this machine, and without a password.`,
  )
}

/** A page that pays in test mode for real credits, or the other way round. */
function checkSameMode(secretKey: string, publishableKey: string | undefined): void {
  const modes = [secretKey, publishableKey ?? ''].flatMap(
    (key) => /_(test|live)_/.exec(key)?.[1] ?? [],
  )
  if (new Set(modes).size < 2) return
  throw new SettingsError(
    'The settings are not usable: STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of different modes, test and live.',
  )
}
