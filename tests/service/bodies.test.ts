import { createServer, request, type IncomingMessage } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
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

  it('of a picture inside the limit reaches the partner', async () => {
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

  it.each([
    ['nested too deeply', '{"a":'.repeat(65) + '1' + '}'.repeat(65)],
    ['of too many parts', `[${'1,'.repeat(60_000)}1]`],
    ['with the same key twice', '{"n":1,"a":{"n":1},"n":4}'],
    ['with the same key twice, once escaped', '{"n":1,"\\u006e":4}'],
    ['with a number that is none', '{"n":1e999}'],
    ['with a number that nobody can count with', '{"seed":1e300}'],
    ['with a NUL', '{"prompt":"\\u0000"}'],
    ['that is empty', ''],
  ])('%s is refused with a code', async (_, body) => {
    const asked = world.partner.requests.length
    const refused = await person.fetch('/proxy/aurora/v1/images', { method: 'POST', body })
    expect(refused.status).toBe(400)
    expect(apiErrorSchema.parse(await refused.json()).code).toBe('bad-request')
    expect(world.partner.requests).toHaveLength(asked)
  })

  it('that is not UTF-8 is refused', async () => {
    const body = Buffer.from([0x22, 0xff, 0x22])
    expect((await person.fetch(CHAT, { method: 'POST', body })).status).toBe(400)
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
