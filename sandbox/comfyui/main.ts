import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import { startIdentity } from '../identity/server.ts'
import { startPartner } from '../partner/server.ts'
import { startComfyUI } from './server.ts'

/**
 * ComfyUI's host server as a process of its own, with the login and the partners it needs beside
 * it. Prints one line `{"ready":true,"url":"…"}` when everything listens; logs go to stderr.
 */

const port = z.coerce.number().int().min(0).max(65_535)
const environment = z.object({
  PORT: port.default(8288),
  BIND: z.string().min(1).default('127.0.0.1'),
  FRONTEND_DIR: z.string().min(1),
  FRONTEND_VERSION: z.string().min(1),
  EXTENSION_DIR: z.string().min(1).optional(),
  EXTENSION_LOCALES: z.string().min(1).optional(),
  DATA_DIR: z.string().min(1),
  CREDITS_URL: z.url(),
  CREDITS_PUBLIC_URL: z.url().optional(),
  IDENTITY_PORT: port.default(0),
  IDENTITY_PUBLIC_URL: z.url().optional(),
  PARTNER_PORT: port.default(0),
  PARTNER_JOB_MS: z.coerce.number().int().min(0).optional(),
  POLL_EVERY_MS: z.coerce.number().int().min(1).optional(),
  STRIPE_JS_PUBLIC_URL: z.url().optional(),
  AUTH_ISSUER: z.url().default('https://securetoken.google.com/dreamboothy'),
  AUTH_AUDIENCE: z.string().min(1).default('dreamboothy'),
  CONTRACT: z.enum(['extended', 'plain']).default('extended'),
  NETWORK_MOCK_DIR: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
})
type Environment = z.infer<typeof environment>

interface Running {
  readonly url: string
  close(): Promise<void>
}

/** The longest that an orderly shutdown may take. */
const GRACE_MS = 3000

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

function readEnvironment(): Environment {
  const result = environment.safeParse(process.env)
  if (result.success) return result.data
  const [issue] = result.error.issues
  return fail(
    `The ComfyUI host server cannot start: ${issue?.path.join('.') ?? 'environment'}: ${issue?.message ?? 'is wrong'}.`,
  )
}

async function start(env: Environment): Promise<Running> {
  const log = pino({ name: 'sandbox-comfyui', level: env.LOG_LEVEL }, pino.destination(2))
  const identity = await startIdentity({
    port: env.IDENTITY_PORT,
    bind: env.BIND,
    dataDir: join(env.DATA_DIR, 'identity'),
    issuer: env.AUTH_ISSUER,
    audience: env.AUTH_AUDIENCE,
  })
  // Only the credits service calls the partners, on this machine.
  const partner = await startPartner({
    port: env.PARTNER_PORT,
    bind: '127.0.0.1',
    ...(env.PARTNER_JOB_MS !== undefined && { jobMs: env.PARTNER_JOB_MS }),
  })
  const host = await startComfyUI({
    port: env.PORT,
    bind: env.BIND,
    frontendDir: env.FRONTEND_DIR,
    frontendVersion: env.FRONTEND_VERSION,
    extensionDir: env.EXTENSION_DIR ?? null,
    extensionLocales: env.EXTENSION_LOCALES ?? null,
    dataDir: env.DATA_DIR,
    creditsUrl: withoutSlash(env.CREDITS_URL),
    ...(env.POLL_EVERY_MS !== undefined && { pollEveryMs: env.POLL_EVERY_MS }),
    networkMock:
      env.NETWORK_MOCK_DIR === undefined
        ? null
        : {
            dir: env.NETWORK_MOCK_DIR,
            identityUrl: withoutSlash(env.IDENTITY_PUBLIC_URL ?? identity.url),
            creditsUrl: withoutSlash(env.CREDITS_PUBLIC_URL ?? env.CREDITS_URL),
            stripeJsUrl: env.STRIPE_JS_PUBLIC_URL,
            contract: env.CONTRACT,
          },
    log,
  })
  log.info({ url: host.url, identity: identity.url, partner: partner.url }, 'listening')
  return {
    url: host.url,
    async close() {
      await Promise.all([host.close(), identity.close(), partner.close()])
    },
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '')
}

function endWith(running: Running): void {
  setTimeout(() => process.exit(1), GRACE_MS).unref()
  running.close().then(
    () => process.exit(0),
    (error: unknown) => fail(`The ComfyUI host server did not end in order: ${String(error)}`),
  )
}

try {
  const running = await start(readEnvironment())
  process.once('SIGTERM', () => endWith(running))
  process.once('SIGINT', () => endWith(running))
  process.stdout.write(`${JSON.stringify({ ready: true, url: running.url })}\n`)
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  fail(`The ComfyUI host server cannot start: ${reason}`)
}
