import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where the tests of a prefix have ComfyUI. */
export const PREFIX = '/comfy'

export interface PrefixProxy {
  /** Without a trailing slash. */
  readonly url: string
  /** Paths that were asked for outside the prefix, and refused. */
  readonly refused: readonly string[]
  /** Paths that were asked for below the prefix, without it. */
  readonly passed: readonly string[]
  close(): Promise<void>
}

/**
 * A proxy that serves ComfyUI below a prefix and answers 404 to everything else, as one that has
 * other services at the same origin.
 */
export async function startPrefixProxy(target: string): Promise<PrefixProxy> {
  const refused: string[] = []
  const passed: string[] = []

  function below(asked: IncomingMessage): string | null {
    const path = asked.url ?? '/'
    if (!path.startsWith(`${PREFIX}/`)) {
      refused.push(path)
      return null
    }
    const stripped = path.slice(PREFIX.length)
    passed.push(stripped)
    return stripped
  }

  function forward(asked: IncomingMessage, path: string) {
    const { host } = new URL(target)
    const { method, headers } = asked
    return request(target + path, { method, headers: { ...headers, host } })
  }

  const server = createServer((asked, answer) => {
    const path = below(asked)
    if (path === null) {
      answer.writeHead(404).end()
      return
    }
    const onward = forward(asked, path)
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.pipe(onward)
  })
  server.on('upgrade', (asked, socket, early) => {
    const path = below(asked)
    if (path === null) {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      return
    }
    const onward = forward(asked, path)
    onward.on('upgrade', (response, upstream, first) => {
      const { rawHeaders } = response
      const lines = rawHeaders.flatMap((name, at) =>
        at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : [],
      )
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
      // What came in one packet with the handshake: of ComfyUI the message that names the client.
      socket.write(first)
      upstream.write(early)
      upstream.pipe(socket).pipe(upstream)
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    onward.on('error', () => socket.destroy())
    onward.end()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${PREFIX}`,
    refused,
    passed,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
