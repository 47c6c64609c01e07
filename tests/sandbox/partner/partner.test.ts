import { PNG } from 'pngjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { operations } from '../../../sandbox/partner/operations.ts'
import { drawPng } from '../../../sandbox/partner/png.ts'
import { startPartner } from '../../../sandbox/partner/server.ts'

const JOB_MS = 150
let partner: Awaited<ReturnType<typeof startPartner>>

beforeAll(async () => {
  partner = await startPartner({
    port: 0,
    bind: '127.0.0.1',
    jobMs: JOB_MS,
    slowJobMs: 60_000,
    slowAnswerMs: 300,
  })
})
afterAll(async () => {
  await partner.close()
})

const answerSchema = z.object({
  id: z.string(),
  status: z.string(),
  progress: z.number().optional(),
  result: z
    .object({
      images: z.array(z.string()).optional(),
      text: z.string().optional(),
      files: z.array(z.object({ name: z.string(), base64: z.string() })).optional(),
    })
    .optional(),
  usage: z.record(z.string(), z.number()).optional(),
  error: z.string().optional(),
})
type Answer = z.infer<typeof answerSchema>

async function post(path: string, body: unknown) {
  const response = await fetch(partner.url + path, { method: 'POST', body: JSON.stringify(body) })
  return { status: response.status, json: await response.json(), headers: response.headers }
}

async function make(path: string, body: unknown): Promise<Answer> {
  const { status, json } = await post(path, body)
  expect(status).toBe(200)
  return answerSchema.parse(json)
}

async function finished(path: string, id: string): Promise<Answer> {
  for (;;) {
    const job = answerSchema.parse(await (await fetch(`${partner.url}${path}/${id}`)).json())
    if (job.status === 'succeeded' || job.status === 'failed') return job
  }
}

const image = drawPng(64, 32, (x, y) => [x * 3, y * 7, 120]).toString('base64')
const bodies: Record<string, object> = {
  '/aurora/v1/images': { prompt: 'a cat', quality: 'low', n: 2, seed: 1 },
  '/aurora/v1/images/ultra': { prompt: 'a cat', aspect_ratio: '16:9', seed: 1 },
  '/aurora/v1/edits': { prompt: 'night', image, strength: 0.5 },
  '/aurora/v1/upscale': { image, factor: 4 },
  '/tempo/v1/videos': { prompt: 'rain', duration: 5, resolution: '720p', seed: 1 },
  '/tempo/v1/videos/from-image': { image, duration: 8 },
  '/lexis/v1/chat': { prompt: 'hello there', model: 'lexis-small', max_tokens: 500 },
  '/lexis/v1/vision': { prompt: 'what is it', image },
  '/forma/v1/models': { prompt: 'a pot', texture: true },
}

test.each(operations.map(({ path, polled }) => [path, polled] as const))(
  '%s makes something, the same for the same request',
  async (path, polled) => {
    const outcomes = await Promise.all(
      ['one', 'two'].map(async () => {
        const created = await make(path, bodies[path])
        if (!polled) return created
        expect(created).toMatchObject({ status: 'queued' })
        expect(created.result).toBeUndefined()
        return { ...(await finished(path, created.id)), usage: created.usage }
      }),
    )
    const [one, two] = outcomes
    expect(one?.status).toBe('succeeded')
    expect(one?.result).toEqual(two?.result)
    expect(one?.usage).toEqual(two?.usage)
    const made = one?.result
    expect((made?.images?.length ?? 0) > 0 || (made?.text?.length ?? 0) > 0).toBe(true)
    for (const base64 of made?.images ?? []) {
      const { width, height } = PNG.sync.read(Buffer.from(base64, 'base64'))
      expect(Math.max(width, height)).toBeLessThanOrEqual(512)
    }
  },
)

test('another seed draws another picture', async () => {
  const [one, two] = await Promise.all(
    [1, 2].map((seed) =>
      make('/aurora/v1/images', { prompt: 'a cat', quality: 'low', n: 1, seed }),
    ),
  )
  expect(one?.result).not.toEqual(two?.result)
})

test('text is counted by four characters a token, and cut to what was asked for', async () => {
  const prompt = 'x'.repeat(41)
  const full = await make('/lexis/v1/chat', { prompt, model: 'lexis-large', max_tokens: 8000 })
  const cut = await make('/lexis/v1/chat', { prompt, model: 'lexis-large', max_tokens: 10 })
  expect(full.usage).toEqual({
    input_tokens: 11,
    output_tokens: Math.ceil((full.result?.text?.length ?? 0) / 4),
  })
  expect(cut.usage).toEqual({ input_tokens: 11, output_tokens: 10 })
  expect(full.result?.text?.startsWith(cut.result?.text ?? 'nothing')).toBe(true)
})

test('a picture counts 85 tokens and 17 a tile of 64 pixels', async () => {
  const { usage } = await make('/lexis/v1/vision', { prompt: 'what', image })
  expect(usage?.['input_tokens']).toBe(1 + 85 + 17)
})

test('usage says what the price goes by', async () => {
  expect((await make('/aurora/v1/images', bodies['/aurora/v1/images'])).usage).toEqual({
    images: 2,
  })
  expect((await make('/tempo/v1/videos', bodies['/tempo/v1/videos'])).usage).toEqual({ seconds: 5 })
  const upscaled = await make('/aurora/v1/upscale', bodies['/aurora/v1/upscale'])
  expect(upscaled.usage?.['megapixels']).toBeCloseTo((64 * 32 * 16) / 1_000_000)
  const film = await make('/tempo/v1/videos/from-image', { image, duration: 8 })
  expect(film.usage?.['seconds']).toBeGreaterThanOrEqual(2)
  expect(film.usage?.['seconds']).toBeLessThanOrEqual(8)
})

const chat = (prompt: string) => ({ prompt, model: 'lexis-small', max_tokens: 50 })

test('[fail] is a 500 every time, [reject] a 400', async () => {
  for (const attempt of [1, 2]) {
    const failed = await post('/lexis/v1/chat', chat(`[fail] ${attempt}`))
    expect(failed).toMatchObject({ status: 500, json: { error: { type: 'server_error' } } })
  }
  expect(await post('/lexis/v1/chat', chat('[reject]'))).toMatchObject({
    status: 400,
    json: { error: { message: expect.any(String), type: 'invalid_request_error' } },
  })
})

test('[429] refuses the first call with when to come again, and takes the second', async () => {
  const first = await post('/lexis/v1/chat', chat('[429] once'))
  expect(first.status).toBe(429)
  expect(first.headers.get('retry-after')).toBe('1')
  expect((await post('/lexis/v1/chat', chat('[429] once'))).status).toBe(200)
})

test('[slow] makes a job wait and an answer late', async () => {
  const path = '/aurora/v1/images/ultra'
  const { id } = await make(path, { prompt: '[slow]', aspect_ratio: '1:1', seed: 1 })
  const startedAt = Date.now()
  await make('/lexis/v1/chat', chat('[slow]'))
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290)
  const job = answerSchema.parse(await (await fetch(`${partner.url}${path}/${id}`)).json())
  expect(job.status).toBe('queued')
})

test('[break] takes the job and fails it before its end', async () => {
  const path = '/forma/v1/models'
  const { id } = await make(path, { prompt: '[break]', texture: false })
  expect(await finished(path, id)).toMatchObject({ status: 'failed', error: expect.any(String) })
})

test.each([
  ['/aurora/v1/images', { prompt: 'x', quality: 'best', n: 1 }],
  ['/aurora/v1/images', { prompt: 'x', quality: 'low', n: 5 }],
  ['/aurora/v1/edits', { prompt: 'x', image: 'bm90IGEgcG5n', strength: 0.5 }],
  ['/lexis/v1/chat', 'hello'],
])('%s refuses what it cannot read and says why', async (path, body) => {
  expect(await post(path, body)).toMatchObject({
    status: 400,
    json: { error: { message: expect.any(String) } },
  })
})

test('unknown paths and jobs are 404', async () => {
  expect((await post('/nobody/v1/here', {})).status).toBe(404)
  expect((await fetch(`${partner.url}/aurora/v1/upscale/no-such-job`)).status).toBe(404)
})

test('what a call was answered with can be asked for by its key, and an unknown call is said to be one', async () => {
  const path = '/forma/v1/models'
  const made = await fetch(partner.url + path, {
    method: 'POST',
    body: JSON.stringify(bodies[path]),
    headers: { 'Idempotency-Key': 'call-1' },
  })
  const ask = (product: string, key: string) =>
    fetch(`${partner.url}${product}?idempotency_key=${key}`)
  expect(await (await ask(path, 'call-1')).json()).toEqual(await made.json())
  for (const unknown of [await ask(path, 'call-2'), await ask('/lexis/v1/chat', 'call-1')]) {
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ error: { type: 'unknown_call' } })
  }
})
