import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { balanceSchema, eventsPageSchema } from '@comfyui-credits/contract/schemas'
import { ensureAccount } from '../../service/customers/accounts.ts'
import { ledgerEntries } from '../../service/database/schema.ts'
import { CallReader } from '../../service/proxy/call-reader.ts'
import { products } from '../../service/proxy/catalog.ts'
import { callPartner, UnansweredCall } from '../../service/proxy/partner.ts'
import { settleCall } from '../../service/proxy/settle-call.ts'
import { openTestHold } from './support/holds.ts'
import { bigPicture, smallPicture } from './support/pictures.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'
import { newTeam } from './support/teams.ts'

const TEN_USD = 10_000_000
const IMAGES = '/aurora/v1/images'

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
})
afterAll(() => world.close())
afterEach(() => {
  world.partner.answer = () => Response.json({ id: 'job1', status: 'succeeded' })
})

async function balance(person: Person) {
  return balanceSchema.parse(await (await person.get('/customers/balance')).json())
}

async function usageEvents(person: Person) {
  const response = await person.get('/customers/events?filter=api_usage_completed')
  return eventsPageSchema.parse(await response.json()).events
}

describe('a paid call', () => {
  it('is charged, and its event says which run, node and model it was', async () => {
    const person = await service.person(TEN_USD)
    const response = await person.post(
      `/proxy${IMAGES}`,
      { prompt: 'a boat', quality: 'medium', n: 2 },
      { 'Comfy-Job-Id': 'prompt-1', 'Comfy-Node-Type': 'SampleImage' },
    )
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ id: 'job1', status: 'succeeded' })
    expect(response.headers.get('X-Comfy-Credits-Used')).toBe('21.10')
    expect((await balance(person)).amount_micros).toBe(990)
    const [event] = await usageEvents(person)
    expect(event?.params).toEqual({
      api_name: 'Aurora Images',
      model: 'aurora-image-medium',
      node_type: 'SampleImage',
      job_id: 'prompt-1',
      charge_micro_usd: 100_000,
      duration_ms: expect.any(Number),
      outcome: 'succeeded',
    })
    const [entry] = await world.database.db
      .select()
      .from(ledgerEntries)
      .where(eq(ledgerEntries.jobId, 'prompt-1'))
    expect(entry).toMatchObject({ kind: 'usage', amountUsdMicros: -100_000 })
  })

  it.each([
    [IMAGES, { quality: 'high' }, '{"usage":{"images":1e300}}', 4 * 190_000, 'excess'],
    [IMAGES, { quality: 'high' }, '{"usage":{"images":1e999}}', 4 * 190_000, 'excess'],
    [
      '/lexis/v1/chat',
      { max_tokens: 10 },
      '{"usage":{"output_tokens":9007199254740993}}',
      4 * 10,
      'excess',
    ],
    [
      '/aurora/v1/upscale',
      { image: smallPicture },
      '{"usage":{"megapixels":64}}',
      4 * 10_000,
      'excess',
    ],
    ['/aurora/v1/upscale', { image: bigPicture }, '{"usage":{"megapixels":64}}', 640_000, null],
  ])(
    '%s with %j, for which %s is reported, costs %i micro-USD',
    async (path, body, answer, cost, problem) => {
      const person = await service.person(TEN_USD)
      world.partner.answer = () => new Response(answer)
      const lines = world.logLines.length
      expect((await person.post(`/proxy${path}`, body)).status).toBe(200)
      const [event] = await usageEvents(person)
      expect(event?.params).toMatchObject({ charge_micro_usd: cost, outcome: 'succeeded' })
      expect(await balance(person)).toMatchObject({
        amount_micros: 1_000 - cost / 10_000,
        pending_charges_micros: 0,
      })
      // A person looks at what cannot be; 64 megapixels can, where the picture says so.
      const alarms = world.logLines.slice(lines).filter((line) => line.includes('may cost'))
      expect(alarms).toHaveLength(problem === null ? 0 : 1)
      const [hold] = await person.holds()
      expect(hold).toMatchObject({ state: 'captured', capturedUsdMicros: cost, problem })
      expect(hold?.excessUsdMicros === 0).toBe(problem === null)
    },
  )

  it('counts tokens as the partner counted them, rounded up to a micro-dollar', async () => {
    const person = await service.person(TEN_USD)
    world.partner.answer = () =>
      Response.json({ usage: { input_tokens: 1_001, output_tokens: 333 } })
    await person.post('/proxy/lexis/v1/chat', { prompt: 'hello', model: 'lexis-small' })
    const [event] = await usageEvents(person)
    expect(event?.params).toMatchObject({
      charge_micro_usd: 584, // 250.25 + 333
      input_tokens: 1_001,
      output_tokens: 333,
      model: 'lexis-small',
    })
  })

  it('reaches the partner as it was priced, and with none of the credentials', async () => {
    const person = await service.person(TEN_USD)
    const body = '{"prompt":"ä",  "n":1.0, "seed": 1e3}'
    await person.fetch(`/proxy${IMAGES}`, {
      method: 'POST',
      body,
      headers: { 'Comfy-Job-Id': 'p1', Cookie: 'a=b', 'X-API-KEY': 'comfyui-key' },
    })
    const request = world.partner.requests.at(-1)
    expect(request).toMatchObject({ path: IMAGES, body: '{"prompt":"ä","n":1,"seed":1000}' })
    const sent = JSON.stringify([...(request?.headers ?? [])])
    for (const secret of [person.token, 'comfyui-key', 'a=b']) expect(sent).not.toContain(secret)
  })

  it('is refused with 402 when nothing is left, and the partner is not asked', async () => {
    const person = await service.person(0)
    const asked = world.partner.requests.length
    const response = await person.post(`/proxy${IMAGES}`, { prompt: 'a boat' })
    expect(response.status).toBe(402)
    expect(await response.json()).toMatchObject({
      code: 'payment-required',
      message: expect.stringContaining('add credits'),
    })
    expect(world.partner.requests).toHaveLength(asked)
  })

  it('is refused with 402 where less is left than its estimate, and the partner is not asked', async () => {
    const person = await service.person(189_999)
    const asked = world.partner.requests.length
    const call = (body: object) => person.post(`/proxy${IMAGES}`, { prompt: 'a boat', ...body })
    const refused = await call({ quality: 'high' })
    expect(refused.status).toBe(402)
    expect(await refused.json()).toMatchObject({ code: 'payment-required' })
    expect(world.partner.requests).toHaveLength(asked)
    expect((await call({ quality: 'medium' })).status).toBe(200)
    expect((await balance(person)).amount_micros).toBe(13.9999)
  })

  it('may end below zero where calls are admitted as by ComfyUI, and then the next one is refused', async () => {
    const person = await world.service('extended', undefined, undefined, 'comfy').person(10_000)
    const call = () => person.post(`/proxy${IMAGES}`, { prompt: 'a boat', quality: 'high' })
    expect((await call()).status).toBe(200)
    expect((await balance(person)).amount_micros).toBe(-18)
    expect((await call()).status).toBe(402)
  })

  it('shows as pending while the partner works, and no longer', async () => {
    const person = await service.person(TEN_USD)
    let during: Awaited<ReturnType<typeof balance>> | undefined
    world.partner.answer = async () => {
      during = await balance(person)
      return Response.json({})
    }
    await person.post('/proxy/forma/v1/models', { prompt: 'a chair', texture: true })
    expect(during).toMatchObject({
      amount_micros: 1_000,
      pending_charges_micros: 80,
      effective_balance_micros: 920,
    })
    expect(await balance(person)).toMatchObject({
      amount_micros: 920,
      pending_charges_micros: 0,
      effective_balance_micros: 920,
    })
  })

  it('makes the account of a person never seen before', async () => {
    const person = await service.person()
    expect((await person.post(`/proxy${IMAGES}`, {})).status).toBe(402)
    expect((await balance(person)).amount_micros).toBe(0)
  })

  it('is settled once, however often that is asked for', async () => {
    const person = await service.person(TEN_USD)
    const { account } = await ensureAccount(world.database.db, {
      subject: person.subject,
      email: null,
      name: null,
    })
    const usage = { api_name: 'A', model: 'm', duration_ms: 1, outcome: 'succeeded' } as const
    const { db } = world.database
    const hold = await openTestHold(db, account.id, { estimateUsdMicros: 20_000 })
    for (let time = 0; time < 3; time += 1) {
      const ended = { id: hold.id, accountId: account.id, usage, priceUsdMicros: 20_000 }
      const settled = await settleCall({ db, admission: 'strict' }, ended)
      expect(settled.chargeUsdMicros).toBe(20_000)
    }
    expect((await balance(person)).amount_micros).toBe(998)
    expect(await usageEvents(person)).toHaveLength(1)
  })
})

describe('a call that a partner does not do', () => {
  it.each([400, 409, 429, 500, 503])('with %i costs nothing and is passed on', async (status) => {
    const person = await service.person(TEN_USD)
    world.partner.answer = () =>
      Response.json({ error: 'no' }, { status, headers: { 'Retry-After': '7' } })
    const response = await person.post(`/proxy${IMAGES}`, { prompt: 'x' })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error: 'no' })
    expect(response.headers.get('Retry-After')).toBe('7')
    expect(response.headers.get('X-Comfy-Credits-Used')).toBeNull()
    expect((await balance(person)).amount_micros).toBe(1_000)
    const [event] = await usageEvents(person)
    expect(event?.params).toMatchObject({ outcome: 'failed', charge_micro_usd: 0 })
  })

  it.each([401, 402, 403])(
    'because of us (%i) does not send the person to log in or pay',
    async (status) => {
      const person = await service.person(TEN_USD)
      world.partner.answer = () => Response.json({}, { status })
      const response = await person.post(`/proxy${IMAGES}`, { prompt: 'x' })
      expect(response.status).toBe(502)
      expect(await response.json()).toMatchObject({ code: 'partner-failed' })
    },
  )

  it.each([
    ['something that is no JSON', () => new Response('<html>')],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { Location: 'http://127.0.0.1:9/' } }),
    ],
    ['a status that is neither done nor refused', () => Response.json({}, { status: 300 })],
    ['a usage that cannot be', () => Response.json({ usage: { images: -4 } })],
  ])('but answers with %s costs nothing', async (_, answer) => {
    const person = await service.person(TEN_USD)
    world.partner.answer = answer
    const response = await person.post(`/proxy${IMAGES}`, { prompt: 'x' })
    expect(response.status).toBe(502)
    expect(await balance(person)).toMatchObject({ amount_micros: 1_000, pending_charges_micros: 0 })
    expect((await usageEvents(person))[0]?.params).toMatchObject({ outcome: 'failed' })
  })
})

it('a status that HTTP does not have is no answer', async () => {
  const server = createServer((_, response) => response.writeHead(999).end('{}'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const deps = {
    partnerBaseUrl: `http://127.0.0.1:${port}`,
    reader: new CallReader(),
    stopped: new AbortController().signal,
  }
  const called = callPartner(deps, { method: 'GET', path: '/x' })
  await expect(called).rejects.toBeInstanceOf(UnansweredCall)
  server.closeAllConnections()
  server.close()
})

describe('a call whose answer a gateway lost', () => {
  const lost = (status: number) => Response.json({ error: 'gateway' }, { status })
  const unknown = () => Response.json({ error: { type: 'unknown_call' } }, { status: 404 })
  const holdOf = async (person: Person) => (await person.holds())[0]

  it.each([502, 504])(
    'with %i is answered and charged by its key if it was done',
    async (status) => {
      const person = await service.person(TEN_USD)
      world.partner.answer = ({ method, headers, query }) => {
        if (method === 'POST') return lost(status)
        const key = world.partner.requests.at(-2)?.headers.get('Idempotency-Key')
        expect(headers.get('Idempotency-Key')).toBeNull()
        expect(query.get('idempotency_key')).toBe(key)
        return Response.json({ id: 'done', usage: { images: 1 } })
      }
      const response = await person.post(`/proxy${IMAGES}`, { prompt: 'x' })
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ id: 'done' })
      const hold = await holdOf(person)
      expect(hold).toMatchObject({ state: 'captured', problem: null })
      const [event] = await usageEvents(person)
      const charge_micro_usd = hold?.capturedUsdMicros
      expect(event?.params).toMatchObject({ outcome: 'succeeded', charge_micro_usd })
      expect(charge_micro_usd).toBeGreaterThan(0)
    },
  )

  it.each([
    ['does not know the question', () => lost(404), 'unanswered'],
    ['cannot be reached either', () => lost(502), 'unanswered'],
    ['never got it', unknown, null],
  ])(
    'is listed only if nobody can say what was done: the partner %s',
    async (_, asked, problem) => {
      const person = await service.person(TEN_USD)
      world.partner.answer = ({ method }) => (method === 'POST' ? lost(504) : asked())
      const response = await person.post(`/proxy${IMAGES}`, { prompt: 'x' })
      expect(response.status).toBe(504)
      expect(await response.json()).toEqual({ error: 'gateway' })
      expect(await holdOf(person)).toMatchObject({ state: 'released', problem })
      expect((await balance(person)).amount_micros).toBe(1_000)
    },
  )

  it('as one that breaks off is answered and charged by its key', async () => {
    const person = await service.person(TEN_USD)
    world.partner.answer = ({ method }) =>
      method === 'POST' ? new Response('{"id": "do') : Response.json({ id: 'done' })
    const response = await person.post(`/proxy${IMAGES}`, { prompt: 'x' })
    expect(response.status).toBe(200)
    expect(await holdOf(person)).toMatchObject({ state: 'captured', problem: null })
  })
})

describe('a poll', () => {
  it('is passed on and free', async () => {
    const person = await service.person(TEN_USD)
    world.partner.answer = () => Response.json({ id: 'job-7', status: 'running', progress: 0.5 })
    await person.post('/proxy/tempo/v1/videos', {})
    const before = await balance(person)
    const response = await person.get('/proxy/tempo/v1/videos/job-7')
    expect(await response.json()).toMatchObject({ progress: 0.5 })
    expect(response.headers.get('X-Comfy-Credits-Used')).toBeNull()
    expect(await balance(person)).toEqual(before)
    expect(await usageEvents(person)).toHaveLength(1)
  })

  it('of a job that somebody else paid for, or of another product, does not reach the partner', async () => {
    const [payer, stranger] = [await service.person(TEN_USD), await service.person(TEN_USD)]
    world.partner.answer = () => Response.json({ id: 'job-8', status: 'succeeded', result: 'mine' })
    await payer.post('/proxy/tempo/v1/videos', {})
    // They have a job of their own, and may not ask for this one by its product.
    world.partner.answer = () => Response.json({ id: 'job-9', status: 'succeeded' })
    await stranger.post('/proxy/tempo/v1/videos', {})
    const asked = world.partner.requests.length
    for (const [who, path] of [
      [stranger, '/proxy/tempo/v1/videos/job-8'],
      [payer, '/proxy/tempo/v1/videos/from-image/job-8'],
      [payer, '/proxy/tempo/v1/videos/job-9'],
    ] as const) {
      const refused = await who.get(path)
      expect(refused.status).toBe(404)
      expect(await refused.json()).toMatchObject({ code: 'not-found' })
    }
    expect(world.partner.requests).toHaveLength(asked)
    expect((await payer.get('/proxy/tempo/v1/videos/job-8')).status).toBe(200)
  })

  it('belongs to the workspace that paid, for all its members', async () => {
    const team = await newTeam(world, service, { usdMicros: TEN_USD })
    world.partner.answer = () => Response.json({ id: 'job-10', status: 'running' })
    await team.asMember.post('/proxy/tempo/v1/videos', {})
    expect((await team.asOwner.get('/proxy/tempo/v1/videos/job-10')).status).toBe(200)
    expect((await team.member.get('/proxy/tempo/v1/videos/job-10')).status).toBe(404)
  })

  it.each(['/proxy/admin', '/proxy/tempo/v1/videos/a/b', '/proxy/tempo/v1/videos/%2e%2e'])(
    'of %s does not reach the partner',
    async (path) => {
      const person = await service.person()
      const asked = world.partner.requests.length
      expect((await person.get(path)).status).toBe(404)
      expect(world.partner.requests).toHaveLength(asked)
    },
  )
})

describe('a call nobody can make', () => {
  it.each([
    [
      'without credentials',
      401,
      () => service.fetch(`/proxy${IMAGES}`, { method: 'POST', body: '{}' }),
    ],
    [
      'to a product not sold',
      404,
      async () => (await service.person(1)).post('/proxy/nothing/v1', {}),
    ],
    [
      'with a body that is no JSON',
      400,
      async () => (await service.person(1)).fetch(`/proxy${IMAGES}`, { method: 'POST', body: '{' }),
    ],
    [
      'for an amount that cannot be',
      400,
      async () => (await service.person(1)).post(`/proxy${IMAGES}`, { n: 5 }),
    ],
    [
      'with a quality nobody offers',
      400,
      async () => (await service.person(1)).post(`/proxy${IMAGES}`, { quality: 'best' }),
    ],
  ])('%s is refused with %i', async (_, status, call) => {
    const response = await call()
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code: expect.any(String) })
  })
})

describe('a picture whose size nobody can read', () => {
  const hidden = Buffer.concat([Buffer.from(bigPicture, 'base64').subarray(0, 8), Buffer.alloc(40)])
  it.each([
    ['is missing', {}],
    ['is no text', { image: 5 }],
    ['is no PNG', { image: Buffer.from('GIF89a').toString('base64') }],
    ['stands after a line break, which decoders skip', { image: `\n${bigPicture}` }],
    ['has characters in it that decoders skip', { image: `iVBO*${bigPicture.slice(4)}` }],
    ['has another chunk before its size', { image: hidden.toString('base64') }],
  ])('%s: it has no price, and does not reach the partner', async (_, body) => {
    const person = await service.person(TEN_USD)
    const before = world.partner.requests.length
    for (const path of ['/aurora/v1/upscale', '/lexis/v1/vision']) {
      const response = await person.post(`/proxy${path}`, body)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'bad-request' })
    }
    expect(world.partner.requests).toHaveLength(before)
    expect(await person.holds()).toEqual([])
  })
})

describe('prices', () => {
  it.each([
    [IMAGES, {}, {}, 20_000],
    [IMAGES, { quality: 'high', n: 4 }, {}, 760_000],
    [IMAGES, { quality: 'high', n: 4 }, { images: 3 }, 570_000],
    ['/aurora/v1/images/ultra', {}, {}, 60_000],
    ['/aurora/v1/edits', {}, {}, 40_000],
    ['/aurora/v1/upscale', { factor: 4, image: smallPicture }, {}, 10_000],
    ['/aurora/v1/upscale', { factor: 4, image: smallPicture }, { megapixels: 4.19 }, 41_900],
    ['/tempo/v1/videos', {}, {}, 350_000],
    ['/tempo/v1/videos', { duration: 8, resolution: '1080p' }, {}, 960_000],
    ['/tempo/v1/videos/from-image', { duration: 1 }, {}, 100_000],
    ['/tempo/v1/videos/from-image', { duration: 5 }, { seconds: 6.5 }, 325_000],
    ['/tempo/v1/videos/from-image', { duration: 60 }, {}, 500_000],
    [
      '/lexis/v1/chat',
      { model: 'lexis-large' },
      { input_tokens: 1e6, output_tokens: 1e6 },
      11_250_000,
    ],
    ['/lexis/v1/chat', { prompt: 'abcde', max_tokens: 100 }, {}, 101],
    ['/lexis/v1/vision', { image: smallPicture }, { input_tokens: 100, output_tokens: 50 }, 625],
    ['/forma/v1/models', {}, {}, 400_000],
    ['/forma/v1/models', { texture: true }, {}, 800_000],
  ])('of %s with %j and usage %j is %i micro-USD', (path, request, usage, usdMicros) => {
    const product = products.find((candidate) => candidate.path === path)
    expect(product?.price(product.terms(request), usage).usdMicros).toBe(usdMicros)
  })
})
