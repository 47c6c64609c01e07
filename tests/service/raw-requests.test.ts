import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiErrorSchema } from '@comfyui-credits/contract/errors'
import { answerRequests } from '../../service/http/listener.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'

/** What no client sends, letter by letter, to a server as the service has one. */

const silent = pino({ level: 'silent' })

let world: World
let service: Service
let server: Server
let person: Person
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
  person = await service.person(1_000_000)
  const fetch = (request: Request) => service.fetch(request.url, request)
  server = createServer()
  answerRequests(server, { fetch }, silent)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await world.close()
})

/** All that the server answers until it closes the connection. */
async function send(lines: readonly string[], body = ''): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
  return text(socket)
}

const statusesOf = (answer: string) =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
const bodyOf = (answer: string): unknown => JSON.parse(/\r\n\r\n(\{.*\})/.exec(answer)?.[1] ?? '')
const CLOSE = 'Connection: close'

describe('a request that could be read in two ways', () => {
  const post = ['POST /customers HTTP/1.1', 'Host: x', CLOSE]
  it.each([
    ['two lengths', [...post, 'Content-Length: 2', 'Content-Length: 3'], '{}'],
    [
      'a length and chunks',
      [...post, 'Content-Length: 2', 'Transfer-Encoding: chunked'],
      '0\r\n\r\n',
    ],
    ['an encoding nobody knows', [...post, 'Transfer-Encoding: chunked, x'], '0\r\n\r\n'],
    ['a header continued in the next line', [...post, 'X-A: b', ' c'], ''],
    ['a space before the colon', [...post, 'Content-Length : 2'], '{}'],
    ['a name of a header that is none', [...post, 'X Y: 1'], ''],
    ['a version that is none', ['POST /customers HTTP/9.9', 'Host: x', CLOSE], ''],
  ])('by %s is refused with a code', async (_, lines, body) => {
    const answer = await send(lines, body)
    expect(statusesOf(answer)).toEqual([400])
    expect(apiErrorSchema.parse(bodyOf(answer)).code).toBe('bad-request')
  })

  it('is refused for the length of its headers', async () => {
    const answer = await send([...post, `X-Long: ${'x'.repeat(32_000)}`])
    expect(statusesOf(answer)).toEqual([431])
    expect(apiErrorSchema.parse(bodyOf(answer)).code).toBe('bad-request')
  })

  it.each([
    ['a Host that is none', 'Host: a b'],
    ['a Host with a path', 'Host: x/../y'],
    ['a Host that never ends', 'Host: ['],
  ])('by %s is refused with a code', async (_, host) => {
    const answer = await send(['GET /customers/balance HTTP/1.1', host, CLOSE])
    expect(statusesOf(answer)).toEqual([400])
    expect(apiErrorSchema.parse(bodyOf(answer)).code).toBe('bad-request')
    expect(answer.toLowerCase()).toContain('cache-control: no-store')
  })
})

describe('a login', () => {
  const get = ['GET /customers/balance HTTP/1.1', 'Host: x', CLOSE]
  it('that stands twice is one of the two, never both', async () => {
    const right = `Authorization: Bearer ${person.token}`
    expect(statusesOf(await send([...get, 'Authorization: Bearer x', right]))).toEqual([401])
    expect(statusesOf(await send([...get, 'X-API-KEY: a', 'X-API-KEY: b']))).toEqual([401])
    expect(statusesOf(await send([...get, right]))).toEqual([200])
  })

  it.each([
    ['a path of two slashes', 'GET //customers/balance HTTP/1.1'],
    ['a path up from another', 'GET /usage/../admin/reconcile HTTP/1.1'],
    ['an escaped slash', 'GET /customers%2fbalance HTTP/1.1'],
    ['an address of another server', 'GET http://elsewhere.example/customers/balance HTTP/1.1'],
    ['a proxied path that climbs', 'GET /proxy/tempo/v1/videos/%2e%2e%2fadmin HTTP/1.1'],
    ['a path that is none', 'GET * HTTP/1.1'],
  ])('is asked for behind %s', async (_, line) => {
    const [status = 0] = statusesOf(await send([line, 'Host: x', CLOSE]))
    expect([400, 401, 404]).toContain(status)
  })
})

describe('a connection that ends in the middle of a request', () => {
  it('is closed without an answer', async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    socket.end('POST /customers HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    expect(await text(socket)).toBe('')
  })
})

describe('requests in one packet', () => {
  it('are not answered into each other where one is none', async () => {
    const one = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(one)
    await once(socket, 'readable')
    socket.write('no request\r\n\r\n')
    expect(statusesOf(await text(socket))).toEqual([200])
  })

  it('are all answered, in their order', async () => {
    const count = 60
    const one = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'
    const last = 'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(one.repeat(count) + last)
    const statuses = statusesOf(await text(socket))
    expect(statuses).toEqual([...Array.from({ length: count }, () => 200), 404])
  })
})
