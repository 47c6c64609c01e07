import { Hono } from 'hono'
import { usdMicrosFromCents } from '@comfyui-credits/contract/money'
import type { EmbeddedPurchaseBody } from '@comfyui-credits/contract/schemas'
import {
  paymentPortalRequestSchema,
  topUpCheckoutRequestSchema,
  topUpEmbeddedRequestSchema,
  topUpRequestSchema,
  type BillingOperationBody,
  type PaymentMethodsBody,
  type PaymentPortalBody,
  type TopUpBody,
  type TopUpCheckoutBody,
} from '@comfyui-credits/contract/top-up'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import type { Deps } from '../deps.ts'
import type { AppContext, AppEnv } from '../http/app-env.ts'
import { workspaceOf } from '../http/identify.ts'
import { readBody } from '../http/read-request.ts'
import { checkAmount } from '../purchases/amount.ts'
import { chargeSavedCard } from '../purchases/card-top-up.ts'
import { checkoutStatus } from '../purchases/checkout-status.ts'
import { describeEmbedded, startEmbedded } from '../purchases/embedded-purchase.ts'
import {
  declined,
  describeOperation,
  describeTopUp,
  findOperation,
} from '../purchases/operation.ts'
import { openPortal } from '../purchases/portal.ts'
import { receiptUrl } from '../purchases/receipt.ts'
import { parseReturnAddress } from '../purchases/return-address.ts'
import { savedCards, type SavedCard } from '../purchases/saved-cards.ts'
import { startPurchase } from '../purchases/start-purchase.ts'
import type { Account } from '../database/schema.ts'
import { requireRight, type Right } from './rights.ts'

/**
 * Money into the workspace's billing account: by the saved card, or on a payment page that saves
 * one.
 */
export function topUpRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()

  routes.post(workspaceEndpoints.topUp.path, async (c) => c.json(await chargeCard(deps, c)))

  routes.get(workspaceEndpoints.operation.path, async (c) =>
    c.json(await operationBody(deps, c, c.req.param('id'))),
  )

  routes.post(workspaceEndpoints.topUpCheckout.path, async (c) => c.json(await checkout(deps, c)))

  const { publishableKey } = deps
  if (deps.contract === 'extended' && publishableKey !== null) {
    routes.post(workspaceEndpoints.topUpEmbedded.path, async (c) =>
      c.json(await embedded(deps, c, publishableKey), 201),
    )
  }

  if (deps.contract === 'extended') {
    routes.get(workspaceEndpoints.topUpCheckoutStatus.path, async (c) => {
      const { account } = await workspaceOf(deps, c)
      await deps.rateLimits.countQuestion(account.id)
      const sessionId = c.req.param('session_id')
      return c.json(await checkoutStatus(deps, { account, sessionId }))
    })
  }

  routes.get(workspaceEndpoints.paymentMethods.path, async (c) => {
    const account = await accountFor(deps, c, 'can_manage_billing')
    await deps.rateLimits.countQuestion(account.id)
    return c.json(describeCards(await savedCards(deps.stripe, account)))
  })

  routes.post(workspaceEndpoints.paymentPortal.path, async (c) => {
    const account = await accountFor(deps, c, 'can_manage_billing')
    await deps.rateLimits.countPurchase(account.id)
    const { return_url } = await readBody(c, paymentPortalRequestSchema)
    const returnPage =
      return_url === undefined
        ? new URL(`${deps.publicUrl}/usage`)
        : parseReturnAddress(return_url, deps.publicUrl)
    const body: PaymentPortalBody = { url: await openPortal(deps, account, returnPage) }
    return c.json(body)
  })

  return routes
}

async function chargeCard(deps: Deps, c: AppContext): Promise<TopUpBody> {
  const account = await payingAccount(deps, c)
  const request = await readBody(c, topUpRequestSchema)
  const charged = await chargeSavedCard(deps, account, {
    amountUsdMicros: amountIn(request, deps),
    idempotencyKey: request.idempotency_key ?? null,
  })
  if (charged.state === 'failed') throw declined(charged)
  return describeTopUp(charged)
}

async function checkout(deps: Deps, c: AppContext): Promise<TopUpCheckoutBody> {
  const account = await payingAccount(deps, c)
  const request = await readBody(c, topUpCheckoutRequestSchema)
  const { checkoutUrl, sessionId } = await startPurchase(deps, account, {
    amountUsdMicros: amountIn(request, deps),
    paidAt: { returnPage: parseReturnAddress(request.return_url, deps.publicUrl) },
    idempotencyKey: request.idempotency_key ?? null,
    saveCard: true,
  })
  return { checkout_url: checkoutUrl, session_id: sessionId }
}

async function embedded(
  deps: Deps,
  c: AppContext,
  publishableKey: string,
): Promise<EmbeddedPurchaseBody> {
  const account = await payingAccount(deps, c)
  const request = await readBody(c, topUpEmbeddedRequestSchema)
  const started = await startEmbedded(deps, account, {
    amountUsdMicros: amountIn(request, deps),
    paidAt: 'embedded',
    idempotencyKey: request.idempotency_key,
    saveCard: true,
  })
  return describeEmbedded(started, publishableKey)
}

/** Micro-USD that can be bought. */
function amountIn({ amount_cents }: { readonly amount_cents: number }, { contract }: Deps): number {
  const usdMicros = usdMicrosFromCents(amount_cents)
  checkAmount(usdMicros, contract)
  return usdMicros
}

async function operationBody(deps: Deps, c: AppContext, id: string): Promise<BillingOperationBody> {
  const { account } = await workspaceOf(deps, c)
  await deps.rateLimits.countQuestion(account.id)
  const found = await findOperation(deps, { account, id })
  const { topUp } = found
  const withReceipt = deps.contract === 'extended' && topUp.state === 'completed'
  return {
    ...describeOperation(found, deps.publicUrl),
    ...(withReceipt && { receipt_url: await receiptUrl(deps, topUp.intentId) }),
  }
}

/** The billing account of the workspace, for one more purchase. */
async function payingAccount(deps: Deps, c: AppContext): Promise<Account> {
  const account = await accountFor(deps, c, 'can_top_up')
  await deps.rateLimits.countPurchase(account.id)
  return account
}

/** The billing account of the workspace, for who has the right. */
async function accountFor(deps: Deps, c: AppContext, right: Right): Promise<Account> {
  const membership = await workspaceOf(deps, c)
  requireRight(membership, right)
  return membership.account
}

function describeCards(cards: readonly SavedCard[]): PaymentMethodsBody {
  return cards.map(({ id, brand, last4, isDefault }) => ({
    id,
    type: 'card',
    ...(brand !== null && { brand }),
    ...(last4 !== null && { last4 }),
    is_default: isDefault,
  }))
}
