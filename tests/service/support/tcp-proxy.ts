import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

export interface TcpProxy {
  readonly port: number
  /**
   * `open` passes everything on. `refusing` has cut all connections and takes none, as a server that
   * is down. `silent` holds them and passes nothing on, as a network that lost its other end.
   */
  mode: 'open' | 'refusing' | 'silent'
  close(): Promise<void>
}

/** Stands before a server, and troubles the network to it. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let mode: TcpProxy['mode'] = 'open'
  const pass = (from: Socket, to: Socket) => {
    from.on('data', (chunk) => {
      if (mode === 'open') to.write(chunk)
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const server = createServer((near) => {
    if (mode === 'refusing') return near.destroy()
    const far = connect(target)
    for (const socket of [near, far]) sockets.add(socket)
    pass(near, far)
    pass(far, near)
  })
  const cutAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get mode() {
      return mode
    },
    set mode(next) {
      mode = next
      if (next === 'refusing') cutAll()
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      cutAll()
      await closed
    },
  }
}
