import { pino } from 'pino'
import * as z from 'zod'
import { startStripe } from './server.ts'

/** The stand-in as a process of its own; see README.md for its settings. */

const environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  BIND: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: z.url().optional(),
  DATA_DIR: z.string().min(1),
  WEBHOOK_URL: z.url(),
  WEBHOOK_SECRET: z.string().min(1),
  API_KEY: z.string().min(1),
  PUBLISHABLE_KEY: z.string().min(1).optional(),
})

const log = pino({ name: 'sandbox-stripe' })

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

function readEnvironment() {
  const result = environment.safeParse(process.env)
  if (result.success) return result.data
  const [issue] = result.error.issues
  return fail(
    `The Stripe stand-in cannot start: ${issue?.path.join('.') ?? 'environment'} ${issue?.message ?? 'is wrong'}.`,
  )
}

async function main(): Promise<void> {
  const env = readEnvironment()
  const stripe = await startStripe({
    port: env.PORT,
    bind: env.BIND,
    publicUrl: env.PUBLIC_URL,
    dataDir: env.DATA_DIR,
    webhookUrl: env.WEBHOOK_URL,
    webhookSecret: env.WEBHOOK_SECRET,
    apiKey: env.API_KEY,
    publishableKey: env.PUBLISHABLE_KEY,
    onError: (error) => log.error({ err: error }, 'a delivery went wrong'),
  })
  const stop = (): void => {
    stripe.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not close cleanly')
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.stdout.write(`${JSON.stringify({ ready: true, url: stripe.url })}\n`)
}

main().catch((error: unknown) => {
  fail(
    `The Stripe stand-in cannot start: ${error instanceof Error ? error.message : String(error)}`,
  )
})
