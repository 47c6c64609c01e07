import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import * as z from 'zod'
import type { Database } from '../database/open.ts'
import type { Account } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { partnerAnswerSchema, type PricedCall, type Product, type Usage } from './catalog.ts'
import { callPartner, type PartnerAnswer } from './partner.ts'
import { jobIn, type PartnerJob } from './jobs.ts'
import { openPendingCall } from './pending-calls.ts'
import { settleCallPatiently } from './settle-call.ts'

export interface PaidCall {
  readonly product: Product
  /** The parsed body. It is priced and forwarded as it is here, so no two readings of it exist. */
  readonly request: unknown
  readonly jobId: string | undefined
  readonly nodeType: string | undefined
}

export interface PaidAnswer extends PartnerAnswer {
  /** Null when nothing was charged because the partner refused. */
  readonly chargeUsdMicros: number | null
}

export interface CallDeps {
  readonly db: Database
  readonly log: Logger
  readonly partnerBaseUrl: string
  /** Aborted when the service ends and cannot wait any longer. */
  readonly stopped: AbortSignal
}

/**
 * Forwards a call and charges for it. The charge happens even if the node has disconnected, and may
 * take the balance below zero; the next call is then refused.
 */
export async function runPaidCall(
  deps: CallDeps,
  account: Account,
  call: PaidCall,
): Promise<PaidAnswer> {
  const estimate = estimateCall(call.product, call.request)
  const settle = await openCall(deps, account, call, estimate)
  try {
    const answer = await callPartner(
      deps.partnerBaseUrl,
      { method: 'POST', path: call.product.path, body: JSON.stringify(call.request) },
      deps.stopped,
    )
    if (answer.status >= 400) {
      await settle({ outcome: 'failed', charge: { ...estimate, usdMicros: 0 }, usage: {} })
      return { ...answer, chargeUsdMicros: null }
    }
    const usage = usageOf(answer)
    const charge = chargeFor(deps, account, { call, estimate, usage })
    const job = jobIn(call.product.path, answer.json)
    await settle({ outcome: 'succeeded', charge, usage, job })
    return { ...answer, chargeUsdMicros: charge.usdMicros }
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'partner-failed') {
      await settle({ outcome: 'failed', charge: { ...estimate, usdMicros: 0 }, usage: {} })
    }
    throw error
  }
}

/** Throws `payment-required` for an account that has nothing left. */
export function requireFunds(account: Account): void {
  if (account.balanceUsdMicros > 0) return
  throw new ServiceError(
    'payment-required',
    'Payment Required: your credits are used up. Please add credits to go on.',
  )
}

interface CallEnd {
  readonly outcome: 'succeeded' | 'failed'
  readonly charge: PricedCall
  readonly usage: Usage
  readonly job?: PartnerJob | null
}

/** Records the estimate as pending and returns the function that settles it. */
async function openCall(
  deps: CallDeps,
  account: Account,
  call: PaidCall,
  estimate: PricedCall,
): Promise<(end: CallEnd) => Promise<void>> {
  const about = { id: randomUUID(), accountId: account.id, jobId: call.jobId }
  const startedAt = performance.now()
  await openPendingCall(deps.db, { ...about, estimateUsdMicros: estimate.usdMicros })
  return ({ outcome, charge, usage, job = null }) =>
    settleCallPatiently(deps, {
      ...about,
      job,
      chargeUsdMicros: charge.usdMicros,
      usage: {
        api_name: call.product.apiName,
        model: charge.model,
        duration_ms: Math.round(performance.now() - startedAt),
        outcome,
        ...(call.nodeType !== undefined && { node_type: call.nodeType }),
        ...tokensOf(usage),
      },
    })
}

/**
 * How many times its estimate a call may cost. The dearest honest one is an upscale, whose estimate
 * does not know the picture: 64 megapixels cost 64 times as much.
 */
const MAX_TIMES_ESTIMATE = 100

/**
 * The price by what the partner used. One beyond all reason is not taken from the account: the
 * estimate is, since the work was done, and the log has an error, because a person must look at it.
 */
function chargeFor(
  { log }: CallDeps,
  account: Account,
  { call, estimate, usage }: { call: PaidCall; estimate: PricedCall; usage: Usage },
): PricedCall {
  const charge = call.product.price(call.request, usage)
  if (charge.usdMicros <= estimate.usdMicros * MAX_TIMES_ESTIMATE) return charge
  log.error(
    { account: account.id, jobId: call.jobId, path: call.product.path, charge, estimate, usage },
    'A partner reports more than the call can have cost; the estimate was charged.',
  )
  return estimate
}

function estimateCall(product: Product, request: unknown): PricedCall {
  try {
    return product.price(request, {})
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw new ServiceError('bad-request', `The body does not fit: ${z.prettifyError(error)}`, {
      cause: error,
    })
  }
}

function usageOf(answer: PartnerAnswer): Usage {
  const parsed = partnerAnswerSchema.safeParse(answer.json)
  if (!parsed.success) {
    throw new ServiceError('partner-failed', 'The partner gave an answer that cannot be read.', {
      cause: parsed.error,
    })
  }
  return parsed.data.usage ?? {}
}

function tokensOf(usage: Usage): { input_tokens?: number; output_tokens?: number } {
  return {
    ...(typeof usage.input_tokens === 'number' && { input_tokens: usage.input_tokens }),
    ...(typeof usage.output_tokens === 'number' && { output_tokens: usage.output_tokens }),
  }
}
