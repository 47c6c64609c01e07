import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { getResponse } from 'msw'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { networkHandlers } from '../../../sandbox/network-mock/handlers.ts'

const asked: { method: string; url: string; authorization: string; body: string }[] = []
const streams: ServerResponse[] = []
let server: Server
let serviceUrl: string

async function record(request: IncomingMessage) {
  const { method = '', url = '', headers } = request
  const authorization = String(headers.authorization)
  asked.push({ method, url, authorization, body: await text(request) })
}

/** As a service that closes an idle connection just when the next request is on its way there. */
const served = new WeakSet<Socket>()

beforeAll(async () => {
  server = createServer((request, response) => {
    if (served.has(request.socket)) {
      request.socket.destroy()
      return
    }
    served.add(request.socket)
    if (request.url === '/stream') {
      streams.push(response)
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write('data: first\n\n')
      return
    }
    void record(request).finally(() =>
      response.writeHead(402, { 'Content-Type': 'application/json' }).end('{"code":"no"}'),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  serviceUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

function answerTo(request: Request, creditsUrl = serviceUrl) {
  const config = {
    identityUrl: serviceUrl,
    creditsUrl,
    contract: 'extended',
    frontendVersion: '1.58.1',
  } as const
  return getResponse(networkHandlers(config, 'http://127.0.0.1:8288'), request)
}

it('a call of the API reaches the service whole, and its answer the page', async () => {
  const response = await answerTo(
    new Request('https://api.comfy.org/customers/credit?x=1', {
      method: 'POST',
      headers: { Authorization: 'Bearer t' },
      body: '{"amount_micros":5}',
    }),
  )
  expect(response?.status).toBe(402)
  expect(await response?.json()).toEqual({ code: 'no' })
  expect(asked.at(-1)).toEqual({
    method: 'POST',
    url: '/customers/credit?x=1',
    authorization: 'Bearer t',
    body: '{"amount_micros":5}',
  })
})

it('a stream reaches the page piece by piece', async () => {
  const response = await answerTo(new Request('https://api.comfy.org/stream'))
  const reader = response?.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  expect(new TextDecoder().decode(value)).toBe('data: first\n\n')
  await reader?.cancel()
})

it('a stream ends at the service when the page that asked for it leaves', async () => {
  const leaving = new AbortController()
  const { signal } = leaving
  const response = await answerTo(new Request('https://api.comfy.org/stream', { signal }))
  await response?.body?.getReader().read()
  const [stream] = streams.slice(-1)
  expect(stream?.closed).toBe(false)
  leaving.abort()
  if (stream) await once(stream, 'close')
})

it('no call is lost in a connection that the service closes for having been idle', async () => {
  for (let call = 0; call < 3; call += 1) {
    const response = await answerTo(new Request('https://api.comfy.org/customers/balance'))
    expect(response?.status).toBe(402)
    await response?.text()
  }
})

it('a service that is down is a network error to the page, not an answer', async () => {
  const response = await answerTo(
    new Request('https://api.comfy.org/customers/balance'),
    'http://127.0.0.1:1',
  )
  expect(response?.type).toBe('error')
})

it('what is outside is a network error; release notes are none; here is left alone', async () => {
  expect((await answerTo(new Request('https://example.org/')))?.type).toBe('error')
  const notes = await answerTo(new Request('https://api.comfy.org/releases?project=comfyui'))
  expect(await notes?.json()).toEqual([])
  expect(await answerTo(new Request('http://127.0.0.1:8288/api/queue'))).toBeUndefined()
})
