import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiErrorSchema } from '@comfyui-credits/contract/errors'
import { openWorld, type Service, type World } from './support/service.ts'

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
})
afterAll(() => world.close())

const preflight = (through: Service) =>
  through.fetch('/customers/credit', {
    method: 'OPTIONS',
    headers: {
      Origin: 'http://127.0.0.1:8288',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key',
    },
  })

describe('a browser of any origin', () => {
  it('may send our headers', async () => {
    const response = await preflight(service)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(response.headers.get('Access-Control-Allow-Credentials')).toBeNull()
    expect(response.headers.get('Access-Control-Allow-Headers')?.split(',')).toEqual([
      'Authorization',
      'X-API-KEY',
      'Content-Type',
      'Idempotency-Key',
    ])
  })

  it('may not send an Idempotency-Key on the plain contract', async () => {
    const response = await preflight(world.service('plain'))
    expect(response.headers.get('Access-Control-Allow-Headers')).not.toContain('Idempotency')
  })

  it('may read an error, what a call cost, and the time of the answer', async () => {
    const response = await service.fetch('/customers/balance', { headers: { Origin: 'http://x' } })
    expect(response.status).toBe(401)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    const readable = response.headers.get('Access-Control-Expose-Headers')?.split(',')
    expect(readable).toEqual(['X-Comfy-Credits-Used', 'Retry-After', 'Date'])
  })
})

const post = async (path: string, body: string) =>
  (await service.person()).fetch(path, { method: 'POST', body })

describe('a bad request', () => {
  it.each([
    ['to nowhere', 404, 'not-found', () => service.fetch('/nowhere')],
    ['without JSON', 400, 'bad-request', () => post('/customers/credit', '{')],
    ['with JSON that does not fit', 400, 'bad-request', () => post('/customers/credit', '[]')],
    [
      'that is too large',
      413,
      'bad-request',
      () => post('/customers/credit', 'x'.repeat(1_100_000)),
    ],
  ])('%s is answered with %i, a code and words', async (_, status, code, send) => {
    const response = await send()
    expect(response.status).toBe(status)
    const body = apiErrorSchema.parse(await response.json())
    expect(body.code).toBe(code)
    expect(body.message).toBeTruthy()
  })

  it('names the field that does not fit', async () => {
    const response = await post('/customers/credit', '{"amount_micros":"5","currency":"usd"}')
    expect(apiErrorSchema.parse(await response.json()).message).toContain('amount_micros')
  })
})

describe('every answer', () => {
  it.each([
    ['of an account', async () => (await service.person(1)).get('/customers/balance')],
    ['that refuses', () => service.fetch('/customers/balance')],
    ['to nowhere', () => service.fetch('/nowhere')],
    ['to a preflight', () => preflight(service)],
    ['of a partner', async () => (await service.person(100)).post('/proxy/aurora/v1/edits', {})],
    ['with a page', () => service.fetch('/usage')],
    ['about health', () => service.fetch('/healthz')],
  ])('%s is stored nowhere, taken for nothing else and framed by nobody', async (_, ask) => {
    const { headers } = await ask()
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('X-Frame-Options')).toBe('DENY')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    // Pages of any origin call it.
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin')
  })

  it('with a page forbids frames and forms', async () => {
    for (const page of ['/usage', '/checkout/done']) {
      const policy = (await service.fetch(page)).headers.get('Content-Security-Policy')
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("form-action 'none'")
    }
  })
})

describe('the page after a payment', () => {
  it.each([
    ['success', 'Thank you'],
    ['cancelled', 'Nothing was charged'],
    ['<script>alert(1)</script>', 'Thank you'],
  ])('for %s says what happened, without scripts', async (outcome, words) => {
    const response = await service.fetch(`/checkout/done?checkout=${encodeURIComponent(outcome)}`)
    const html = await response.text()
    expect(html).toContain(words)
    expect(html).not.toContain('<script')
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
  })

  it('says that a bank did not confirm a payment', async () => {
    const response = await service.fetch(
      '/checkout/done?payment_intent=pi_1&redirect_status=failed',
    )
    expect(await response.text()).toContain('did not confirm')
  })
})

describe('health', () => {
  it.each(['/livez', '/readyz', '/healthz'])('at %s says that all is well', async (path) => {
    expect(await (await service.fetch(path)).json()).toEqual({ status: 'ok' })
  })

  it('says when the database is away', async () => {
    const other = await openWorld()
    await other.database.close()
    for (const path of ['/readyz', '/healthz']) {
      const response = await other.service().fetch(path)
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ code: 'internal' })
    }
    expect((await other.service().fetch('/livez')).status).toBe(200)
    await Promise.all([other.identity.close(), other.stripe.close(), other.partner.close()])
  })
})
