import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Stripe } from 'stripe'
import { isFitAddress } from '../../service/addresses.ts'
import type { CardTopUp } from '../../service/database/schema.ts'
import { describeOperation } from '../../service/purchases/operation.ts'
import { receiptUrl } from '../../service/purchases/receipt.ts'
import { createStripe } from '../../service/purchases/stripe.ts'
import { createLog } from '../../service/log.ts'
import { openWorld, type Service, type World } from './support/service.ts'
import { newTeam } from './support/teams.ts'

const SECURE = 'https://credits.example.com'
const PLAIN = 'http://credits.example.com'

describe('an address', () => {
  it.each([
    ['https://comfy.example.com/', true],
    ['http://comfy.example.com/', false],
    ['http://192.168.1.5:8188/', false],
    ['http://10.0.0.1/', false],
    ['http://0.0.0.0:8188/', false],
    ['http://127.0.0.1:8188/', true],
    ['http://127.9.9.9/', true],
    ['http://2130706433/', true],
    ['http://LOCALHOST:8188/', true],
    ['http://localhost./', true],
    ['http://comfy.localhost/', true],
    ['http://[::1]:8188/', true],
    ['http://[::ffff:10.0.0.1]/', false],
    ['http://127.0.0.1.example.com/', false],
    ['http://localhost.example.com/', false],
    ['http://evil.example.com/#localhost', false],
  ])('%s is fit for an https service: %s', (address, fit) => {
    expect(isFitAddress(address, SECURE)).toBe(fit)
    expect(isFitAddress(address, PLAIN)).toBe(true)
  })

  it.each(['', '//x', 'javascript:alert(1)', 'ftp://127.0.0.1/', 'https://a:b@x.example.com/'])(
    '%s is fit for none',
    (address) => {
      expect([SECURE, PLAIN].map((own) => isFitAddress(address, own))).toEqual([false, false])
    },
  )
})

describe('an https service', () => {
  let world: World
  let service: Service
  beforeAll(async () => {
    world = await openWorld()
    service = world.service('extended', undefined, undefined, 'strict', { publicUrl: SECURE })
  })
  afterEach(() => {
    world.stripe.scheme = 'https'
  })
  afterAll(() => world.close())

  const order = { amount_micros: 25_000_000, currency: 'usd' }
  const topUp = { amount_cents: 2_500 }
  type Call = readonly [path: string, body: object]
  const takes = (return_url: string): Call[] => [
    ['/customers/credit', { ...order, return_url }],
    ['/customers/billing', { return_url }],
    ['/api/billing/topup/checkout', { ...topUp, return_url }],
    ['/api/billing/payment-portal', { return_url }],
  ]

  it('returns to no page on plain http, except on this computer', async () => {
    const { asOwner, owner } = await newTeam(world, service)
    const send = ([path, body]: Call) =>
      (path.startsWith('/api') ? asOwner : owner).post(path, body)
    for (const call of takes('http://comfy.example.com/')) {
      const response = await send(call)
      expect([call[0], response.status]).toEqual([call[0], 400])
      expect(await response.json()).toMatchObject({ code: 'return-url-invalid' })
    }
    for (const call of takes('http://127.0.0.1:8188/')) {
      expect([call[0], (await send(call)).ok]).toEqual([call[0], true])
    }
  })

  it('gives out no page of Stripe’s on plain http', async () => {
    const { asOwner, owner } = await newTeam(world, service)
    world.stripe.scheme = 'http'
    for (const [path, body] of takes('https://comfy.example.com/')) {
      const response = await (path.startsWith('/api') ? asOwner : owner).post(path, body)
      expect([path, response.status]).toEqual([path, 502])
      expect(await response.json()).toMatchObject({ code: 'payment-provider-failed' })
    }
  })

  it('leaves out a receipt and a bank’s page on plain http', async () => {
    const [stripe, log] = [
      createStripe({ secretKey: 'sk_test_sandbox', apiBase: world.stripe.url }),
      createLog('silent'),
    ]
    const page = 'http://pay.example.com/receipts/1'
    world.stripe.intents.set('pi_http', {
      metadata: {},
      latest_charge: { id: 'ch_1', receipt_url: page },
    })
    expect(await receiptUrl({ stripe, log, publicUrl: SECURE }, 'pi_http')).toBeNull()
    expect(await receiptUrl({ stripe, log, publicUrl: PLAIN }, 'pi_http')).toBe(page)

    const pending = {
      id: 'top-up',
      state: 'pending',
      amountUsdMicros: 25_000_000,
      createdAt: new Date(),
    } as CardTopUp
    const bank = 'http://bank.example.com/3ds'
    const intent = {
      status: 'requires_action',
      next_action: { redirect_to_url: { url: bank } },
    } as Stripe.PaymentIntent
    const asked = { authentication_state: 'requires_action', action_url: bank }
    expect(describeOperation({ topUp: pending, intent }, PLAIN)).toMatchObject(asked)
    expect(describeOperation({ topUp: pending, intent }, SECURE).action_url).toBeUndefined()
  })
})
