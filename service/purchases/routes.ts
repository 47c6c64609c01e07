import { Hono } from 'hono'
import * as z from 'zod/mini'
import { customerEndpoints } from '../../contract/endpoints.ts'
import { TOP_UP_MAX_USD, TOP_UP_MIN_USD } from '../../contract/limits.ts'
import { usdMicrosFromCents, usdMicrosFromUsd } from '../../contract/money.ts'
import {
  billingPortalRequestSchema,
  purchaseRequestSchema,
  type PurchaseBody,
} from '../../contract/schemas.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext, AppEnv } from '../http/app-env.ts'
import { accountOf } from '../http/identify.ts'
import { readBody } from '../http/read-request.ts'
import type { ContractMode } from '../settings.ts'
import { checkoutStatus } from './checkout-status.ts'
import { parseReturnAddress } from './return-address.ts'
import { startPurchase, type PurchaseOrder } from './start-purchase.ts'
import { askStripe, ensureStripeCustomer } from './stripe.ts'

const plainPurchaseSchema = z.omit(purchaseRequestSchema, { return_url: true })

export function purchaseRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()

  routes.post(customerEndpoints.purchase.path, async (c) => {
    const account = await accountOf(deps, c)
    const order = await readOrder(deps, c)
    const started = await startPurchase(deps.db, deps.stripe, account, order)
    const body: PurchaseBody = {
      checkout_url: started.checkoutUrl,
      ...(deps.contract === 'extended' && { session_id: started.sessionId }),
    }
    return c.json(body, 201)
  })

  if (deps.contract === 'extended') {
    routes.get(customerEndpoints.checkoutStatus.path, async (c) => {
      const account = await accountOf(deps, c)
      const sessionId = c.req.param('session_id')
      return c.json(await checkoutStatus(deps.db, deps.stripe, deps.log, { account, sessionId }))
    })
  }

  routes.post(customerEndpoints.billingPortal.path, async (c) => {
    const account = await accountOf(deps, c)
    const request = await readBody(c, billingPortalRequestSchema)
    const returnPage =
      request.return_url === undefined
        ? new URL(`${deps.publicUrl}/usage`)
        : parseReturnAddress(request.return_url)
    const customer = await ensureStripeCustomer(deps.db, deps.stripe, account)
    const session = await askStripe(() =>
      deps.stripe.billingPortal.sessions.create({ customer, return_url: returnPage.href }),
    )
    return c.json({ billing_portal_url: session.url })
  })

  return routes
}

async function readOrder(deps: Deps, c: AppContext): Promise<PurchaseOrder> {
  const ownPage = new URL(`${deps.publicUrl}/checkout/done`)
  if (deps.contract === 'plain') {
    const request = await readBody(c, plainPurchaseSchema)
    checkAmount(request, 'plain')
    return { amountUsdMicros: request.amount_micros, returnPage: ownPage, idempotencyKey: null }
  }
  const request = await readBody(c, purchaseRequestSchema)
  checkAmount(request, 'extended')
  return {
    amountUsdMicros: request.amount_micros,
    returnPage: request.return_url === undefined ? ownPage : parseReturnAddress(request.return_url),
    idempotencyKey: parseKey(c.req.header('Idempotency-Key')),
  }
}

function checkAmount(
  request: { amount_micros: number; currency: string },
  contract: ContractMode,
): void {
  if (request.currency !== 'usd') {
    throw new ServiceError('currency-unsupported', 'Credits are sold in US dollars ("usd") only.')
  }
  const step = contract === 'plain' ? usdMicrosFromUsd(1) : usdMicrosFromCents(1)
  const usable =
    request.amount_micros >= usdMicrosFromUsd(TOP_UP_MIN_USD) &&
    request.amount_micros <= usdMicrosFromUsd(TOP_UP_MAX_USD) &&
    request.amount_micros % step === 0
  if (!usable) {
    const steps = contract === 'plain' ? 'whole dollars' : 'whole cents'
    throw new ServiceError(
      'amount-out-of-bounds',
      `A top-up is ${TOP_UP_MIN_USD} to ${TOP_UP_MAX_USD} US dollars, in ${steps}.`,
    )
  }
}

function parseKey(key: string | undefined): string | null {
  if (key === undefined) return null
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new ServiceError('bad-request', 'Idempotency-Key must be 1 to 255 visible ASCII letters.')
}
