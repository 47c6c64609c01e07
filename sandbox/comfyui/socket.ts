import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'

/** Any message of ComfyUI's websocket that is JSON. */
export interface SocketMessage {
  readonly type: string
  readonly data: unknown
}

const SOCKET_PATHS = new Set(['/ws', '/api/ws'])
const MAX_MESSAGE_BYTES = 1_000_000
/** Type of the binary message that carries a node's text. */
const TEXT_MESSAGE = 3

const helloSchema = z.object({ type: z.literal('feature_flags') })

/**
 * ComfyUI's websocket: one socket for each client id (a tab). A tab that reconnects with its id takes
 * over, and the older socket of that id gets no more messages, as in ComfyUI.
 */
export function createSocketHub(options: {
  readonly features: Readonly<Record<string, unknown>>
  /** Messages for a tab that has just connected, after its id. */
  welcome(clientId: string): readonly SocketMessage[]
  /** The status that goes with the id. */
  status(): unknown
}) {
  const sockets = new Map<string, WebSocket>()
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })

  function accept(socket: WebSocket, clientId: string): void {
    sockets.set(clientId, socket)
    socket.on('close', () => {
      if (sockets.get(clientId) === socket) sockets.delete(clientId)
    })
    // A broken connection also closes, and there is nothing else to do about it.
    socket.on('error', () => socket.terminate())
    socket.on('message', (raw) => {
      if (isHello(String(raw))) post(socket, { type: 'feature_flags', data: options.features })
    })
    post(socket, { type: 'status', data: { status: options.status(), sid: clientId } })
    for (const message of options.welcome(clientId)) post(socket, message)
  }

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://host')
    if (!SOCKET_PATHS.has(url.pathname)) {
      stream.end('HTTP/1.1 404 Not Found\r\n\r\n')
      return
    }
    const clientId = url.searchParams.get('clientId') || randomUUID().replaceAll('-', '')
    server.handleUpgrade(request, stream, head, (socket) => accept(socket, clientId))
  }

  return {
    attach(http: Server): void {
      http.on('upgrade', upgrade)
    },
    sendTo(clientId: string, message: SocketMessage): void {
      const socket = sockets.get(clientId)
      if (socket) post(socket, message)
    },
    broadcast(message: SocketMessage): void {
      for (const socket of sockets.values()) post(socket, message)
    },
    /** The text under a node. It goes to every tab and does not name its run. */
    broadcastText(nodeId: string, text: string): void {
      const frame = textFrame(nodeId, text)
      for (const socket of sockets.values()) socket.send(frame)
    },
    close(): void {
      for (const socket of sockets.values()) socket.terminate()
      server.close()
    },
  }
}

function post(socket: WebSocket, message: SocketMessage): void {
  socket.send(JSON.stringify(message))
}

function isHello(text: string): boolean {
  try {
    return helloSchema.safeParse(JSON.parse(text)).success
  } catch {
    // The frontend sends nothing else here; anything but JSON is not for us.
    return false
  }
}

/** u32be 3, u32be length of the node id, node id, text. */
function textFrame(nodeId: string, text: string): Buffer {
  const id = Buffer.from(nodeId)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(TEXT_MESSAGE, 0)
  head.writeUInt32BE(id.length, 4)
  return Buffer.concat([head, id, Buffer.from(text)])
}
