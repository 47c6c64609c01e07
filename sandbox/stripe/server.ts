import path from 'node:path'
import { serveStandIn, type RunningStandIn } from '../stand-in/serve.ts'
import { stripeEmulator } from './emulator.ts'

export interface StripeConfig {
  /** 0 takes any free port. */
  readonly port: number
  readonly bind: string
  /** How browsers reach it; without it the address it listens on. */
  readonly publicUrl?: string | undefined
  readonly dataDir: string
  readonly webhookUrl: string
  readonly webhookSecret: string
  readonly apiKey: string
  /** Without it no page may pay by Stripe.js. */
  readonly publishableKey?: string | undefined
  /** Epoch milliseconds; tests bring a clock of their own. */
  readonly now?: () => number
  readonly onError?: (error: unknown) => void
}

/** Starts the stand-in for Stripe; rejects when the port is taken or the data cannot be read. */
export function startStripe(config: StripeConfig): Promise<RunningStandIn> {
  return serveStandIn({
    port: config.port,
    bind: config.bind,
    publicUrl: config.publicUrl,
    file: path.join(config.dataDir, 'stripe.json'),
    inspector: { redact: ['number', 'idempotency_key'] },
    define: (publicUrl, save) =>
      stripeEmulator({
        publicUrl,
        save,
        apiKey: config.apiKey,
        publishableKey: config.publishableKey ?? null,
        webhook: { url: config.webhookUrl, secret: config.webhookSecret },
        now: config.now ?? Date.now,
        onError: config.onError ?? reportAsWarning,
      }),
  })
}

function reportAsWarning(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
