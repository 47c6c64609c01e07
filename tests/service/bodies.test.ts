import { createServer, request, type IncomingMessage } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiErrorSchema } from '@comfyui-credits/contract/errors'
import { JsonScan } from '../../service/http/json-scan.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'

/** What is sent to the service before it knows what it is, or who sent it. */

const MEGABYTE = 1024 * 1024
const EDITS = '/proxy/aurora/v1/edits'
const CHAT = '/proxy/lexis/v1/chat'

let world: World
let service: Service
let url: string
let stop: () => Promise<void>
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
  const server = createServer(
    getRequestListener(({ url: address, method, headers, body }) => {
      const { pathname } = new URL(address)
      const sent = body === null ? {} : { body, duplex: 'half' as const }
      return service.fetch(pathname, { method, headers, ...sent })
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  stop = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})
afterAll(async () => {
  await stop()
  await world.close()
})

interface Sent {
  readonly status: number
  readonly sentBytes: number
}

/** Uploads this piece so many times without saying how much will come, until there is an answer. */
function upload(path: string, piece: Buffer, times: number, token?: string): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    const outgoing = request(url + path, { method: 'POST', headers })
    const state = { sentBytes: 0, answered: false }
    outgoing.on('response', (incoming: IncomingMessage) => {
      state.answered = true
      incoming.resume()
      resolve({ status: incoming.statusCode ?? 0, sentBytes: state.sentBytes })
      outgoing.destroy()
    })
    outgoing.on('error', (error) => (state.answered ? null : reject(error)))
    const send = async () => {
      for (let time = 0; time < times && !state.answered; time += 1) {
        state.sentBytes += piece.length
        if (!outgoing.write(piece)) await Promise.race([once(outgoing, 'drain'), wait(200)])
      }
      if (!state.answered) outgoing.end()
    }
    send().catch(reject)
  })
}

const piece = (text: string) => Buffer.alloc(64 * 1024, text)

describe('a large body', () => {
  it('without a login is refused before it is read', async () => {
    for (const path of [EDITS, '/customers/credit', '/api/auth/token']) {
      const { status, sentBytes } = await upload(path, piece('x'), 1_000)
      expect(status).toBe(401)
      expect(sentBytes).toBeLessThan(8 * MEGABYTE)
    }
  })

  it('of a person who could not pay is refused before it is read', async () => {
    const { token } = await service.person(0)
    const { status, sentBytes } = await upload(EDITS, piece('x'), 1_000, token)
    expect(status).toBe(402)
    expect(sentBytes).toBeLessThan(8 * MEGABYTE)
  })

  it.each([
    [CHAT, MEGABYTE],
    [EDITS, 40 * MEGABYTE],
    ['/customers/credit', 64 * 1024],
    ['/api/billing/topup', 64 * 1024],
  ])('for %s has no more than %i bytes', async (path, most) => {
    const person = await service.person(1_000_000)
    const refused = await person.fetch(path, {
      method: 'POST',
      body: '{}',
      headers: { 'Content-Length': String(most + 1) },
    })
    expect(refused.status).toBe(413)
    expect(apiErrorSchema.parse(await refused.json()).code).toBe('bad-request')
    const { status } = await upload(path, piece(' '), most / (64 * 1024) + 1, person.token)
    expect(status).toBe(413)
  })

  // It starts a worker thread, for which a busy machine takes its time.
  it('of a picture inside the limit reaches the partner', { timeout: 60_000 }, async () => {
    const person = await service.person(1_000_000)
    const image = 'A'.repeat(20 * MEGABYTE)
    expect((await person.post(EDITS, { image })).status).toBe(200)
    expect(world.partner.requests.at(-1)?.body).toHaveLength(image.length + '{"image":""}'.length)
  })
})

describe('a body that is hard to parse', () => {
  let person: Person
  beforeAll(async () => {
    person = await service.person(1_000_000)
  })

  it('of 40 MB of opening brackets is refused at once, and holds up nobody', async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    await person.post(EDITS, {})
    delay.enable()
    const { status, sentBytes } = await upload(EDITS, piece('['), 640, person.token)
    delay.disable()
    expect(status).toBe(400)
    expect(sentBytes).toBeLessThan(8 * MEGABYTE)
    // Its own goal is 50 ms; a busy machine adds its pauses.
    expect(delay.max / 1e6).toBeLessThan(500)
  })

  const LARGE = ' '.repeat(70 * 1024)
  describe.each([
    ['read where it arrived', ''],
    ['so large that a worker thread reads it', LARGE],
  ])('and is %s', (_way, spaces) => {
    it.each([
      ['nested too deeply', '{"a":'.repeat(65) + '1' + '}'.repeat(65), 'nested too deeply'],
      ['of too many parts', `[${'1,'.repeat(60_000)}1]`, 'too many parts'],
      ['with the same key twice', '{"n":1,"a":{"n":1},"n":4}', 'the same key twice'],
      ['with the same key twice, once escaped', '{"n":1,"\\u006e":4}', 'the same key twice'],
      ['with a number that is none', '{"n":1e999}', 'a number that is too large'],
      ['with a number nobody can count with', '{"seed":1e300}', 'a number that is too large'],
      ['with a NUL', '{"prompt":"\\u0000"}', 'a NUL character'],
      ['that ends too early', '{"n":', 'not JSON'],
      ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not UTF-8'],
      ['that has no price', '{"quality":"best"}', 'does not fit'],
    ])('%s, is refused with a code and a reason', async (_, json, reason) => {
      const asked = world.partner.requests.length
      const body = Buffer.concat([Buffer.from(json), Buffer.from(spaces)])
      const refused = await person.fetch('/proxy/aurora/v1/images', { method: 'POST', body })
      expect(refused.status).toBe(400)
      const error = apiErrorSchema.parse(await refused.json())
      expect(error.code).toBe('bad-request')
      expect(error.message).toContain(reason)
      expect(world.partner.requests).toHaveLength(asked)
    })

    it('is forwarded as it was priced', async () => {
      const call = { quality: 'high', n: 2, seed: 2 ** 64, text: 'ü\u2028"\\' }
      const body = JSON.stringify(call) + spaces
      const response = await person.fetch('/proxy/aurora/v1/images', { method: 'POST', body })
      expect(response.headers.get('X-Comfy-Credits-Used')).toBe('80.18')
      expect(world.partner.requests.at(-1)?.body).toBe(JSON.stringify(call))
    })
  })

  it('that is empty is refused', async () => {
    const refused = await person.fetch('/proxy/aurora/v1/images', { method: 'POST', body: '' })
    expect(refused.status).toBe(400)
  })

  it('with brackets and colons inside its texts is taken', async () => {
    const prompt = '[{":,\\'.repeat(20_000)
    expect((await person.post(CHAT, { prompt, seed: 2 ** 64 })).status).toBe(200)
  })

  it('is looked at the same, however it is cut into pieces', () => {
    const text = Buffer.from('{"a\\"[":[{"b":"\\\\"},{"c:":1}]}')
    const scan = new JsonScan()
    for (const byte of text) expect(scan.feed(Uint8Array.of(byte))).toBeNull()
    expect(scan.members).toBe(3)
  })
})

describe('a large answer of a partner', () => {
  const image = 'A'.repeat(MEGABYTE)

  it('is priced and passed on as a small one is, and its job is the payer’s', async () => {
    const person = await service.person(1_000_000)
    const answer = { id: 'large1', images: [image], usage: { images: 3 }, text: 'ü' }
    world.partner.answer = () => Response.json(answer)
    const response = await person.post('/proxy/aurora/v1/images', { quality: 'high', n: 4 })
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(response.headers.get('X-Comfy-Credits-Used')).toBe('120.27')
    expect(await response.json()).toEqual(answer)
    expect((await person.get('/proxy/aurora/v1/images/large1')).status).toBe(200)
  })

  it('that unpacks to more than any answer has is read no further, and nothing is charged', async () => {
    const person = await service.person(1_000_000)
    const packed = gzipSync(Buffer.concat([Buffer.alloc(65 * 1024 * 1024, ' '), Buffer.from('{}')]))
    world.partner.answer = () => new Response(packed, { headers: { 'Content-Encoding': 'gzip' } })
    const response = await person.post('/proxy/aurora/v1/images', {})
    expect(response.status).toBe(502)
    expect(apiErrorSchema.parse(await response.json()).code).toBe('partner-failed')
    const [hold] = await person.holds()
    expect(hold).toMatchObject({ state: 'released', problem: 'unanswered' })
  })

  it('that is no JSON is a partner’s fault, and nothing is charged', async () => {
    const person = await service.person(1_000_000)
    world.partner.answer = () => new Response(`{"images":["${image}"`)
    const response = await person.post('/proxy/aurora/v1/images', {})
    expect(response.status).toBe(502)
    expect(apiErrorSchema.parse(await response.json()).code).toBe('partner-failed')
    const [hold] = await person.holds()
    expect(hold).toMatchObject({ state: 'released', problem: 'unanswered' })
  })
})
