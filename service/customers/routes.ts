import { Hono } from 'hono'
import { balanceStreamPaths } from '@comfyui-credits/contract/balance-stream'
import { customerEndpoints, type CustomerEndpoint } from '@comfyui-credits/contract/endpoints'
import type { BalanceBody, CustomerBody } from '@comfyui-credits/contract/schemas'
import type { Deps } from '../deps.ts'
import type { AppEnv } from '../http/app-env.ts'
import { accountOf, ensureCustomer, existingAccountOf } from '../http/identify.ts'
import { describeBalance } from '../ledger/balance.ts'
import { answerBalanceStream } from '../push/balance-stream.ts'

const path = (endpoint: CustomerEndpoint) => customerEndpoints[endpoint].path

export function customerRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()

  routes.post(path('createCustomer'), async (c) => {
    const { account, created } = await ensureCustomer(deps, c)
    const body: CustomerBody = { id: account.id, email: account.email, name: account.name }
    return c.json(body, created ? 201 : 200)
  })

  routes.get(path('balance'), async (c) => {
    const account = await existingAccountOf(deps, c)
    const body: BalanceBody = describeBalance(deps, account)
    return c.json(body)
  })

  if (deps.contract === 'extended') {
    routes.get(balanceStreamPaths.customer, async (c) =>
      answerBalanceStream(deps, c, await accountOf(deps, c)),
    )
  }

  routes.post(path('usagePortal'), async (c) => {
    await accountOf(deps, c)
    return c.json({ url: `${deps.publicUrl}/usage` })
  })

  // ComfyUI 1.40 asks for it. This service sells nothing but credits.
  routes.get(path('subscriptionStatus'), async (c) => {
    await accountOf(deps, c)
    return c.json({ is_active: false })
  })

  return routes
}
