import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import {
  createEmulator,
  filePersistence,
  type CustomEmulator,
  type PersistenceAdapter,
} from 'emulate'
import type { State } from './state.ts'
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
  /** Epoch milliseconds; tests bring a clock of their own. */
  readonly now?: () => number
  readonly onError?: (error: unknown) => void
}

export interface RunningStripe {
  /** Where it listens, for calls from this machine. */
  readonly url: string
  readonly close: () => Promise<void>
}

/** Starts the stand-in for Stripe; rejects when the port is taken or the data cannot be read. */
export async function startStripe(config: StripeConfig): Promise<RunningStripe> {
  let emulator: CustomEmulator<State> | undefined
  const server = createAdaptorServer({
    fetch: (request) => emulator?.fetch(request) ?? new Response(null, { status: 503 }),
  })
  server.listen(config.port, config.bind)
  await once(server, 'listening')
  const url = addressOf(server.address(), config.bind)
  const close = async () => {
    await emulator?.close()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      if ('closeAllConnections' in server) server.closeAllConnections()
    })
  }
  try {
    const baseUrl = (config.publicUrl ?? url).replace(/\/$/, '')
    emulator = await createEmulator({
      service: stripeEmulator({
        publicUrl: baseUrl,
        apiKey: config.apiKey,
        webhook: { url: config.webhookUrl, secret: config.webhookSecret },
        now: config.now ?? Date.now,
        // emulate saves after every request and offers no other way.
        save: async () => void (await emulator?.request('/_sandbox/health')),
        onError: config.onError ?? reportAsWarning,
      }),
      baseUrl,
      listen: false,
      inspector: { redact: ['number', 'idempotency_key'] },
      persistence: whenChanged(filePersistence(path.join(config.dataDir, 'stripe.json'))),
      shutdownTimeout: 2_000,
    })
  } catch (error) {
    await close()
    throw error
  }
  return { url, close }
}

function reportAsWarning(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}

function addressOf(address: AddressInfo | string | null, bind: string): string {
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.')
  const host = bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

/** emulate saves after reads too; the payment page polls, and a disk need not hear of that. */
function whenChanged(adapter: PersistenceAdapter): PersistenceAdapter {
  let last: string | undefined
  return {
    load: () => adapter.load(),
    async save(data) {
      if (data === last) return
      await adapter.save(data)
      last = data
    },
  }
}
