import { Hono } from 'hono'
import * as z from 'zod/mini'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import {
  billingPortalRequestSchema,
  embeddedPurchaseRequestSchema,
  purchaseRequestSchema,
  type PurchaseBody,
} from '@comfyui-credits/contract/schemas'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext, AppEnv } from '../http/app-env.ts'
import { accountOf } from '../http/identify.ts'
import { readBody } from '../http/read-request.ts'
import { checkAmount } from './amount.ts'
import { checkoutStatus } from './checkout-status.ts'
import { describeEmbedded, startEmbedded } from './embedded-purchase.ts'
import { openPortal } from './portal.ts'
import { parseReturnAddress } from './return-address.ts'
import { startPurchase } from './start-purchase.ts'

const plainPurchaseSchema = z.omit(purchaseRequestSchema, { return_url: true })

export function purchaseRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()

  routes.post(customerEndpoints.purchase.path, async (c) => {
    const account = await accountOf(deps, c)
    const order = await readOrder(deps, c)
    await deps.rateLimits.countPurchase(account.id)
    const started = await startPurchase(deps, account, order)
    const body: PurchaseBody = {
      checkout_url: started.checkoutUrl,
      ...(deps.contract === 'extended' && { session_id: started.sessionId }),
    }
    return c.json(body, 201)
  })

  const { publishableKey } = deps
  if (deps.contract === 'extended' && publishableKey !== null) {
    routes.post(customerEndpoints.embeddedPurchase.path, async (c) => {
      const account = await accountOf(deps, c)
      const order = await readEmbeddedOrder(c)
      await deps.rateLimits.countPurchase(account.id)
      const started = await startEmbedded(deps, account, order)
      return c.json(describeEmbedded(started, publishableKey), 201)
    })
  }

  if (deps.contract === 'extended') {
    routes.get(customerEndpoints.checkoutStatus.path, async (c) => {
      const account = await accountOf(deps, c)
      await deps.rateLimits.countQuestion(account.id)
      const sessionId = c.req.param('session_id')
      return c.json(await checkoutStatus(deps, { account, sessionId }))
    })
  }

  routes.post(customerEndpoints.billingPortal.path, async (c) => {
    const account = await accountOf(deps, c)
    await deps.rateLimits.countPurchase(account.id)
    const request = await readBody(c, billingPortalRequestSchema)
    const returnPage =
      request.return_url === undefined
        ? new URL(`${deps.publicUrl}/usage`)
        : parseReturnAddress(request.return_url, deps.publicUrl)
    return c.json({ billing_portal_url: await openPortal(deps, account, returnPage) })
  })

  return routes
}

async function readOrder(deps: Deps, c: AppContext) {
  const ownPage = new URL(`${deps.publicUrl}/checkout/done`)
  if (deps.contract === 'plain') {
    const request = await readBody(c, plainPurchaseSchema)
    checkCurrency(request.currency)
    checkAmount(request.amount_micros, 'plain')
    return {
      amountUsdMicros: request.amount_micros,
      paidAt: { returnPage: ownPage },
      idempotencyKey: null,
      saveCard: false,
    }
  }
  const request = await readBody(c, purchaseRequestSchema)
  checkCurrency(request.currency)
  checkAmount(request.amount_micros, 'extended')
  return {
    amountUsdMicros: request.amount_micros,
    paidAt: {
      returnPage:
        request.return_url === undefined
          ? ownPage
          : parseReturnAddress(request.return_url, deps.publicUrl),
    },
    idempotencyKey: parseKey(c.req.header('Idempotency-Key')),
    saveCard: false,
  }
}

async function readEmbeddedOrder(c: AppContext) {
  const request = await readBody(c, embeddedPurchaseRequestSchema)
  checkCurrency(request.currency)
  checkAmount(request.amount_micros, 'extended')
  const idempotencyKey = parseKey(c.req.header('Idempotency-Key'))
  if (idempotencyKey === null) {
    throw new ServiceError('bad-request', 'This takes an Idempotency-Key: the way out needs it.')
  }
  return {
    amountUsdMicros: request.amount_micros,
    paidAt: 'embedded',
    idempotencyKey,
    saveCard: false,
  } as const
}

function checkCurrency(currency: string): void {
  if (currency === 'usd') return
  throw new ServiceError('currency-unsupported', 'Credits are sold in US dollars ("usd") only.')
}

function parseKey(key: string | undefined): string | null {
  if (key === undefined) return null
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new ServiceError('bad-request', 'Idempotency-Key must be 1 to 255 visible ASCII letters.')
}
