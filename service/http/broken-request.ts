import type { Socket } from 'node:net'
import { ServiceError } from '../errors.ts'
import { bodyOf, UNROUTED_HEADERS } from './error-answer.ts'

/** By the code of Node's error; 400 for any other. Node itself would answer the same. */
const statuses: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}

/** The connection ended before its request did. */
const gone: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE'])

/**
 * For a server's `clientError`: what is no request in HTTP, or came too late. Left to itself, Node also
 * writes an answer to each that is gone: two thousand at once would hold the event loop.
 */
export function refuseBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  const { code = '' } = error
  // After what was already answered nobody could tell this answer from the rest of that one.
  if (gone.has(code) || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const refusal = new ServiceError('bad-request', 'This is no request that can be read.')
  const body = JSON.stringify(bodyOf(refusal))
  const headers = Object.entries({
    ...UNROUTED_HEADERS,
    Connection: 'close',
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  })
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(`HTTP/1.1 ${statuses[code] ?? '400 Bad Request'}\r\n${lines}\r\n${body}`)
}
