import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { creditsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext, AppEnv } from '../http/app-env.ts'
import { payerOf } from '../http/identify.ts'
import { receiveJson } from '../http/read-body.ts'
import { findProduct } from './catalog.ts'
import { findJob, ownsJob } from './jobs.ts'
import { callPartner, type PartnerAnswer } from './partner.ts'
import { requireFunds, runPaidCall } from './run-call.ts'

const PREFIX = '/proxy'

/** Where API nodes send their calls: POST buys, GET polls a job and is free. */
export function proxyRoutes(deps: Deps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()

  routes.post(`${PREFIX}/*`, async (c) => {
    const payer = await payerOf(deps, c)
    const { account } = payer
    const product = findProduct(partnerPath(c))
    if (!product) throw new ServiceError('not-found', 'No product is sold at this path.')
    c.set('apiName', product.apiName)
    await deps.rateLimits.countCall(account.id, c.get('keyId') ?? null)
    // First, so that nobody fills the memory who could not pay for it.
    requireFunds(deps, account)
    const read = await deps.reader.call(product.path, await receiveJson(c, product.maxBytes))
    const answer = await runPaidCall(deps, payer, {
      product,
      ...read,
      jobId: shortHeader(c, 'Comfy-Job-Id'),
      nodeType: shortHeader(c, 'Comfy-Node-Type'),
    })
    if (answer.chargeUsdMicros !== null) {
      c.header('X-Comfy-Credits-Used', creditsFromUsdMicros(answer.chargeUsdMicros).toFixed(2))
    }
    return passOn(c, answer)
  })

  routes.get(`${PREFIX}/*`, async (c) => {
    const { account } = await payerOf(deps, c)
    const path = partnerPath(c)
    const job = findJob(path)
    if (job === null || !(await ownsJob(deps.db, account.id, job))) {
      throw new ServiceError('not-found', 'This account has no such job.')
    }
    const request = { method: 'GET', path: path + new URL(c.req.url).search } as const
    return passOn(c, await callPartner(deps, request))
  })

  return routes
}

function partnerPath(c: AppContext): string {
  return c.req.path.slice(PREFIX.length)
}

/** A name that a node sends about itself. Nothing depends on it, so one of the wrong size is dropped. */
function shortHeader(c: AppContext, name: string): string | undefined {
  const value = c.req.header(name)
  return value !== undefined && value !== '' && value.length <= 200 ? value : undefined
}

function passOn(c: AppContext, answer: PartnerAnswer): Response {
  if (answer.retryAfter !== null) c.header('Retry-After', answer.retryAfter)
  return c.body(answer.body, answer.status as ContentfulStatusCode, {
    'Content-Type': 'application/json',
  })
}
