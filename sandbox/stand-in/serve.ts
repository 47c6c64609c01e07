import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import {
  createEmulator,
  filePersistence,
  type CustomEmulator,
  type CustomEmulatorOptions,
  type EmulatorDefinition,
  type PersistenceAdapter,
} from 'emulate'

export interface StandInOptions<State extends object> {
  /** 0 takes any free port. */
  readonly port: number
  readonly bind: string
  /** How browsers reach it; without it the address it listens on. */
  readonly publicUrl?: string | undefined
  /** The file that holds all state. */
  readonly file: string
  readonly inspector?: CustomEmulatorOptions<State>['inspector']
  /** Given the public address and a way to put the state on disk at once. */
  readonly define: (publicUrl: string, save: () => Promise<void>) => EmulatorDefinition<State>
}

export interface RunningStandIn {
  /** Where it listens, for calls from this machine. */
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * Serves a stand-in of an outside service over HTTP. Rejects when the port is taken or the state
 * on disk cannot be read. emulate's own server does not support port 0: a definition needs its
 * public address before it is created.
 */
export async function serveStandIn<State extends object>(
  options: StandInOptions<State>,
): Promise<RunningStandIn> {
  let emulator: CustomEmulator<State> | undefined
  const server = createAdaptorServer({
    fetch: (request) => emulator?.fetch(request) ?? new Response(null, { status: 503 }),
  })
  server.listen(options.port, options.bind)
  await once(server, 'listening')
  const url = addressOf(server.address(), options.bind)
  const close = async () => {
    const stopped = new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
    await emulator?.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
    await stopped
  }
  try {
    const baseUrl = (options.publicUrl ?? url).replace(/\/$/, '')
    emulator = await createEmulator({
      // emulate saves after every request and offers no other way.
      service: options.define(baseUrl, async () => void (await emulator?.request('/'))),
      baseUrl,
      listen: false,
      persistence: whenChanged(filePersistence(options.file)),
      shutdownTimeout: 2_000,
      ...(options.inspector === undefined ? {} : { inspector: options.inspector }),
    })
  } catch (error) {
    await close()
    throw error
  }
  return { url, close }
}

function addressOf(address: AddressInfo | string | null, bind: string): string {
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.')
  const host = bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

/** emulate saves after reads too, but polling pages should not cause disk writes. */
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
