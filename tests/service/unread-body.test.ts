import { once } from 'node:events'
import { Agent, createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AppEnv } from '../../service/http/app-env.ts'
import { readRestSlowly } from '../../service/http/unread-body.ts'

const MEGABYTE = 1024 * 1024

const app = new Hono<AppEnv>()
  .use(readRestSlowly)
  .post('/', (c) => c.json({ code: 'unauthorized' }, 401))
const server = createServer(getRequestListener(app.fetch))
let port: number
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it('most of a large body that nobody reads stays unread, and its sender has the answer', async () => {
  const connected = once(server, 'connection') as Promise<[Socket]>
  const upload = request({ port, method: 'POST', headers: { 'Content-Length': 60 * MEGABYTE } })
  upload.on('error', () => {})
  upload.write(Buffer.alloc(60 * MEGABYTE))
  const [answer] = (await once(upload, 'response')) as [IncomingMessage]
  expect(answer.statusCode).toBe(401)
  const [socket] = await connected
  await once(socket, 'close')
  expect(socket.bytesRead).toBeLessThan(4 * MEGABYTE)
})

it('after a small one the connection is used again', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const connections: Socket[] = []
  server.on('connection', (socket) => connections.push(socket))
  for (let time = 1; time <= 2; time += 1) {
    const call = request({ port, method: 'POST', agent, headers: { 'Content-Length': 100_000 } })
    call.end(Buffer.alloc(100_000))
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
  }
  expect(connections).toHaveLength(1)
  agent.destroy()
})
