// @vitest-environment node
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Caller } from '../../../src/api/port.ts'
import { openStream } from '../../../src/api/stream.ts'
import { forgetErrors, recentErrors } from '../../../src/api/recent-errors.ts'

/** Over a real connection: only there is a body that goes on, and an end that the service hears. */
let server: Server
let base: string
/** What each request is answered with, in turn; the last one again and again. */
let answers: ((response: ServerResponse) => void)[]
let asked: IncomingHttpHeaders[]
let current = true

const PATH = '/customers/balance/stream'

beforeEach(async () => {
  // The page's policy tells of what it has blocked there.
  vi.stubGlobal('document', new EventTarget())
  forgetErrors()
  asked = []
  current = true
  server = createServer((request, response) => {
    asked.push(request.headers)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    answer?.(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  vi.unstubAllGlobals()
})

let renewals = 0

function newCaller(): Caller {
  renewals = 0
  return {
    base,
    authHeaders: ({ renew = false }) => {
      renewals += renew ? 1 : 0
      return Promise.resolve({ Authorization: `Bearer ${renewals}` })
    },
    isCurrent: () => current,
  }
}

const openFor = (caller: Caller, { signal } = new AbortController()) =>
  openStream(caller, PATH, signal)

function bodyOf(stream: Awaited<ReturnType<typeof openStream>>): ReadableStream<Uint8Array> {
  if (stream instanceof ReadableStream) return stream
  throw stream
}

const EVENTS = { 'Content-Type': 'text/event-stream; charset=utf-8' }
const refuse =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, headers).end('{"message":"No"}')

it('comes piece by piece, and ends at the service when its reader leaves', async () => {
  const lines: ServerResponse[] = []
  answers = [
    (response) => {
      lines.push(response)
      response.writeHead(200, EVENTS).write('one')
    },
  ]
  const leaving = new AbortController()
  const reader = bodyOf(await openFor(newCaller(), leaving)).getReader()
  const read = async () => new TextDecoder().decode((await reader.read()).value)
  expect(await read()).toBe('one')
  const [line] = lines
  if (!line) throw new Error('The service was not asked.')
  line.write('two')
  expect(await read()).toBe('two')
  leaving.abort()
  await once(line, 'close')
  expect(await reader.read().catch(() => 'over')).toBe('over')
})

it('takes along the credentials and no header that a preflight might refuse', async () => {
  answers = [(response) => void response.writeHead(200, EVENTS).write('one')]
  await openFor(newCaller())
  expect(asked[0]).toMatchObject({ authorization: 'Bearer 0', accept: 'text/event-stream' })
  const browsersOwn = /^(host|connection|accept-(encoding|language)|user-agent|sec-.*|cookie)$/
  const ours = Object.keys(asked[0] ?? {}).filter((name) => !browsersOwn.test(name))
  expect(ours.toSorted()).toEqual(['accept', 'authorization'])
})

it('asks once more with a new token when the first is refused', async () => {
  answers = [refuse(401), (response) => void response.writeHead(200, EVENTS).write('one')]
  await openFor(newCaller())
  expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer 0', 'Bearer 1'])
})

it('says that the login is refused when the new token is too', async () => {
  answers = [refuse(401)]
  expect(await openFor(newCaller())).toMatchObject({ code: 'unauthorized' })
  expect(asked).toHaveLength(2)
})

it('is not to be had where something else is answered, or the way leads elsewhere', async () => {
  answers = [(response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>')]
  expect(await openFor(newCaller())).toMatchObject({ code: 'unreadable' })
  answers = [refuse(302, { Location: `${base}/elsewhere` })]
  const before = asked.length
  expect(await openFor(newCaller())).toMatchObject({ code: 'offline' })
  expect(asked).toHaveLength(before + 1)
})

it.each([
  [429, 'rate-limited', { 'Retry-After': '60' }, 60],
  [503, 'server', { 'Retry-After': '7' }, 7],
  [404, 'not-found', {}, undefined],
  [501, 'server', {}, undefined],
])('tells how a service refuses it: %s', async (status, code, headers, retryAfterSeconds) => {
  answers = [refuse(status, headers)]
  expect(await openFor(newCaller())).toMatchObject({
    code,
    details: retryAfterSeconds === undefined ? { status } : { status, retryAfterSeconds },
  })
})

it('is nobody’s any more when the login has changed meanwhile', async () => {
  answers = [
    (response) => {
      current = false
      response.writeHead(200, EVENTS).write('one')
    },
  ]
  expect(await openFor(newCaller())).toMatchObject({ code: 'cancelled' })
})

it('is in the diagnostics once for as long as it fails in the same way', async () => {
  const caller = newCaller()
  answers = [refuse(503)]
  for (let tries = 0; tries < 3; tries += 1) await openFor(caller)
  answers = [refuse(404)]
  await openFor(caller)
  expect(recentErrors().map(({ call, code }) => [call, code])).toEqual([
    [`GET ${PATH}`, 'not-found'],
    [`GET ${PATH}`, 'server'],
  ])
})
