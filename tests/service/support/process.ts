import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as z from 'zod'
import type { DatabaseLocation } from '../../../service/database/open.ts'
import { AUDIENCE, ISSUER, type Identity } from './identity.ts'
import type { PartnerServer } from './partner-server.ts'
import { WEBHOOK_SECRET, type StripeServer } from './stripe-server.ts'

const readySchema = z.object({ ready: z.literal(true), url: z.string() })

interface Surroundings {
  /** Of `compileProcesses`. */
  readonly compiledDir: string
  readonly location: DatabaseLocation
  readonly identity: Pick<Identity, 'jwksUrl'>
  readonly stripe: Pick<StripeServer, 'url'>
  readonly partner: Pick<PartnerServer, 'url'>
}

/** The service as a real process. */
export function spawnService(
  { compiledDir, location, identity, stripe, partner }: Surroundings,
  settings: Record<string, string> = {},
): ChildProcess {
  return spawn(process.execPath, [join(compiledDir, 'service/main.mjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      ...('url' in location ? { DATABASE_URL: location.url } : { DATA_DIR: location.folder }),
      AUTH_ISSUER: ISSUER,
      AUTH_AUDIENCE: AUDIENCE,
      AUTH_JWKS_URL: identity.jwksUrl,
      WORKSPACE_TOKEN_SECRET: 'a-secret-for-tests-only',
      STRIPE_SECRET_KEY: 'sk_test_sandbox',
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      STRIPE_API_BASE: stripe.url,
      PARTNER_BASE_URL: partner.url,
      LOG_LEVEL: 'warn',
      CONCURRENCY: 'off',
      BACKUPS: '0',
      ...settings,
    },
  })
}

/** Where it listens, once it does. */
export async function untilReady(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The process has no output.')
  for await (const line of createInterface(child.stdout)) {
    const ready = readySchema.safeParse(JSON.parse(line))
    if (!ready.success) continue
    // Whatever follows must not fill the pipe.
    child.stdout.resume()
    return ready.data.url
  }
  throw new Error('The service ended before it was ready.')
}

/** Its exit code; null after a signal. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
  return child.exitCode
}
