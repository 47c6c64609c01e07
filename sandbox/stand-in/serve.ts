import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import {
  createEmulator,
  filePersistence,
  type CustomEmulator,
  type CustomEmulatorOptions,
  type EmulatorDefinition,
} from 'emulate'
import { StateFile } from './state-file.ts'

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
 * Serves a stand-in of an outside service over HTTP. GET and HEAD change nothing; what any other request
 * changed is on disk before it is answered. Rejects when the port is taken or the state on disk cannot
 * be read. emulate's own server does not support port 0: a definition needs its public address before
 * it is created.
 */
export async function serveStandIn<State extends object>(
  options: StandInOptions<State>,
): Promise<RunningStandIn> {
  let emulator: CustomEmulator<State> | undefined
  const file = new StateFile<State>(filePersistence(options.file))
  const server = createAdaptorServer({
    fetch: async (request) => {
      if (emulator === undefined) return new Response(null, { status: 503 })
      const response = await emulator.fetch(request)
      if (!reads.has(request.method)) await file.save()
      return response
    },
  })
  server.listen(options.port, options.bind)
  await once(server, 'listening')
  const url = addressOf(server.address(), options.bind)
  const close = async () => {
    const stopped = new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
    await emulator?.close()
    await file.save()
    if ('closeAllConnections' in server) server.closeAllConnections()
    await stopped
  }
  try {
    const baseUrl = (options.publicUrl ?? url).replace(/\/$/, '')
    const definition = options.define(baseUrl, () => file.save())
    let state = definition.state()
    const created = await createEmulator({
      service: {
        ...definition,
        setup(context) {
          state = context.state
          return definition.setup(context)
        },
      },
      baseUrl,
      listen: false,
      shutdownTimeout: 2_000,
      ...(options.inspector === undefined ? {} : { inspector: options.inspector }),
    })
    await file.restore(created, () => state)
    emulator = created
  } catch (error) {
    await close()
    throw error
  }
  return { url, close }
}

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD'])

function addressOf(address: AddressInfo | string | null, bind: string): string {
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.')
  const host = bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}
