import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export interface Target {
  readonly port: number
  /** API keys of people with money. */
  readonly keys: readonly string[]
}

export interface Attack {
  readonly name: string
  /** What the service did, for the table. */
  readonly run: (target: Target) => Promise<string>
}

const MEGABYTE = 1024 * 1024
const PIECE = 64 * 1024
const IMAGES = '/proxy/aurora/v1/images'
const EDITS = '/proxy/aurora/v1/edits'
/** What the partner answers with a large picture. */
export const PICTURES = '/aurora/v1/images/ultra'
const LEVELS = 100_000
const SLOW_SECONDS = 10

export const attacks: readonly Attack[] = [
  { name: 'nothing', run: async () => wait(3_000, '') },
  {
    name: '40 uploads of 60 MB, no login',
    run: ({ port }) => all(40, () => upload(port, IMAGES, {}, Buffer.alloc(60 * MEGABYTE, '['))),
  },
  { name: '2,000 slow connections', run: ({ port }) => slowConnections(port, 2_000) },
  { name: '1,000 streams', run: streams },
  {
    name: `20 bodies of 1 MB, ${LEVELS} levels`,
    run: ({ port, keys: [key = ''] }) =>
      all(20, () => upload(port, IMAGES, { 'X-API-KEY': key }, deepJson(MEGABYTE - 1))),
  },
  {
    name: '4 pictures of 23 MB',
    run: ({ port, keys: [key = ''] }) =>
      all(4, () => upload(port, EDITS, { 'X-API-KEY': key }, picture(23 * MEGABYTE))),
  },
  {
    name: '4 answers of 16 MB',
    run: ({ port, keys: [key = ''] }) =>
      all(4, () => upload(port, `/proxy${PICTURES}`, { 'X-API-KEY': key }, Buffer.from('{}'))),
  },
  {
    name: `4 bodies of 60 MB, ${LEVELS} levels`,
    run: ({ port, keys: [key = ''] }) =>
      all(4, () => upload(port, EDITS, { 'X-API-KEY': key }, deepJson(60 * MEGABYTE))),
  },
]

/** What a node sends, with a picture of nothing. */
function picture(bytes: number): Buffer {
  return Buffer.from(JSON.stringify({ image: 'A'.repeat(bytes) }))
}

/** Levels, and spaces up to the size. */
function deepJson(bytes: number): Buffer {
  const body = Buffer.alloc(bytes, ' ')
  body.fill('[', 0, LEVELS)
  body.fill(']', bytes - LEVELS)
  return body
}

async function all(count: number, one: () => Promise<string>): Promise<string> {
  const answers = await Promise.all(Array.from({ length: count }, one))
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  return [...counts].map(([answer, times]) => `${times} × ${answer}`).join(', ')
}

/** As fast as it is read. Resolves to the status, or to how the connection ended. */
async function upload(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<string> {
  const socket = await open(port)
  const answer = statusOf(socket)
  const lines = Object.entries({ ...headers, 'Content-Length': body.length })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n`)
  for (let from = 0; from < body.length && socket.writable; from += PIECE) {
    if (socket.write(body.subarray(from, from + PIECE))) continue
    await first(socket, 'drain', 'close')
  }
  const status = await answer
  socket.destroy()
  return status
}

/** A letter of a header each second. */
async function slowConnections(port: number, count: number): Promise<string> {
  const sockets = await Promise.all(Array.from({ length: count }, () => open(port)))
  for (const socket of sockets) socket.write('POST /customers HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  for (let second = 0; second < SLOW_SECONDS; second += 1) {
    for (const socket of sockets) if (socket.writable) socket.write('a')
    await wait(1_000)
  }
  const held = sockets.filter(({ writable }) => writable).length
  for (const socket of sockets) socket.destroy()
  return `${held} held`
}

async function streams({ port, keys }: Target): Promise<string> {
  const sockets: Socket[] = []
  let next = 0
  const answer = await all(1_000, async () => {
    const key = keys[next++ % keys.length] ?? ''
    const socket = await open(port)
    sockets.push(socket)
    const status = statusOf(socket)
    socket.write(`GET /customers/balance/stream HTTP/1.1\r\nHost: x\r\nX-API-KEY: ${key}\r\n\r\n`)
    return status
  })
  await wait(5_000)
  for (const socket of sockets) socket.destroy()
  return answer
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await first(socket, 'connect', 'close')
  return socket
}

async function statusOf(socket: Socket): Promise<string> {
  const answer = await first(socket, 'data', 'close')
  return Buffer.isBuffer(answer) ? answer.subarray(9, 12).toString() : 'closed'
}

/** Whichever comes first, with what came. An error is followed by a close. */
function first(socket: Socket, ...events: readonly string[]): Promise<unknown> {
  return new Promise((resolve) => {
    const done = (value: unknown): void => {
      for (const event of events) socket.off(event, done)
      resolve(value)
    }
    for (const event of events) socket.on(event, done)
  })
}
