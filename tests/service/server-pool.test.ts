import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import pg from 'pg'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { createPool, DEFAULT_LIMITS, endConnection } from '../../service/database/pool.ts'

/** In PostgreSQL's protocol: "you are in", and "ask". */
const WELCOME = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1')

/** A server that lets everybody in, and then neither answers nor closes: as one that is frozen. */
async function startFrozenServer(): Promise<string> {
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    socket.once('data', () => socket.write(WELCOME))
    socket.on('error', () => {})
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `postgres://someone@127.0.0.1:${(server.address() as AddressInfo).port}/ledger`
}

it('a pool leaves no connection open to a server that is frozen', async () => {
  const url = await startFrozenServer()
  const { pool, close } = createPool(url, pino({ level: 'silent' }), DEFAULT_LIMITS)
  const [idle, lent] = [await pool.connect(), await pool.connect()]
  const asked = lent.query('select 1').finally(() => lent.release())
  const streams = [idle, lent].map(({ connection }) => connection.stream)
  idle.release()
  const [answer] = await Promise.allSettled([asked, close()])
  expect(answer.status).toBe('rejected')
  expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true])
})

it('nor does a connection of its own', async () => {
  const client = new pg.Client({ connectionString: await startFrozenServer() })
  await client.connect()
  await endConnection(client)
  expect(client.connection.stream.destroyed).toBe(true)
})
