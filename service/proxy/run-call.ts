import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Account, HoldProblem } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import type { Payer } from '../http/identify.ts'
import type { ReadAnswer, ReadCall } from './call-tasks.ts'
import type { PricedCall, Product, Usage } from './catalog.ts'
import { tooManyAtOnce } from './concurrency.ts'
import { openHoldPatiently, type AdmissionRules } from './holds.ts'
import type { PartnerJob } from './jobs.ts'
import {
  askAboutCall,
  callPartner,
  UnansweredCall,
  type PartnerAnswer,
  type PartnerDeps,
} from './partner.ts'
import { settleCallPatiently, type SettleDeps, type SettledCall } from './settle-call.ts'

export interface PaidCall extends ReadCall {
  readonly product: Product
  readonly jobId: string | undefined
  readonly nodeType: string | undefined
}

export interface PaidAnswer extends PartnerAnswer {
  /** Null when nothing was charged because the partner refused. */
  readonly chargeUsdMicros: number | null
}

export interface CallDeps extends SettleDeps, AdmissionRules, PartnerDeps {
  readonly log: Logger
}

/**
 * Reserves a call's estimate, forwards it and charges for it. The charge happens even if the node has
 * disconnected. Where nobody knows what the partner did, it is asked for the answer once more.
 */
export async function runPaidCall(
  deps: CallDeps,
  payer: Payer,
  call: PaidCall,
): Promise<PaidAnswer> {
  const { product, terms } = call
  const estimate = product.price(terms, {})
  const { id, settle } = await openCall(deps, payer, call, estimate)
  const charge = async (answer: PartnerAnswer): Promise<PaidAnswer> => {
    const usage = usageOf(answer)
    const price = product.price(terms, usage)
    const job = jobIn(product.path, answer)
    const { chargeUsdMicros } = await settle({ outcome: 'succeeded', price, usage, job })
    return { ...answer, chargeUsdMicros }
  }
  const release = (problem?: HoldProblem) => settle(failed(estimate, problem))
  const findLost = () => chargeWhatWasDone(deps, { ...product, id }, { charge, release })
  try {
    const { path } = product
    const request = { method: 'POST', path, body: call.body, key: id } as const
    const answer = await callPartner(deps, request)
    if (answer.status < 400) return await charge(answer)
    const lost = gatewayFaults.has(answer.status) ? await findLost() : await release()
    return 'body' in lost ? lost : { ...answer, chargeUsdMicros: null }
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'partner-failed') throw error
    const lost = error instanceof UnansweredCall ? await findLost() : await release()
    if ('body' in lost) return lost
    throw error
  }
}

/** Without `Retry-After`: the partner may be doing the call, and another one costs once more. */
function cutOff(): ServiceError {
  return new ServiceError(
    'internal',
    'The service ended before the partner answered. The call is charged only if the partner does it.',
    { status: 503 },
  )
}

/** Statuses of a gateway before the partner: it may have passed the call on, and lost the answer. */
const gatewayFaults: ReadonlySet<number> = new Set([502, 504, 520, 521, 522, 523, 524])

/** Within the life of the hold, so that no other instance asks too. */
const ASK_MS = 5_000

interface Ends {
  readonly charge: (answer: PartnerAnswer) => Promise<PaidAnswer>
  readonly release: (problem?: HoldProblem) => Promise<SettledCall>
}

/**
 * Asks the partner for an answer that was lost, and ends the call by what it says. Rejects with
 * `internal` where this process ends and cannot ask any more.
 */
async function chargeWhatWasDone(
  deps: CallDeps,
  { path, id }: { readonly path: string; readonly id: string },
  { charge, release }: Ends,
): Promise<PaidAnswer | SettledCall> {
  const stopped = AbortSignal.any([deps.stopped, AbortSignal.timeout(ASK_MS)])
  const found = await askAboutCall({ ...deps, stopped }, { path, key: id })
  if (found === 'never') return release()
  // This process could not ask. The hold stays open, so another one does, as after a crash.
  if (found === null && deps.stopped.aborted) throw cutOff()
  if (found === null) return release('unanswered')
  try {
    const paid = await charge({ ...found, retryAfter: null })
    deps.log.warn({ id }, 'The answer of a call was lost, and found by its key.')
    return paid
  } catch (error) {
    if (error instanceof UnansweredCall) return release('unanswered')
    throw error
  }
}

/** Throws `payment-required` for an account that has nothing left. */
export function requireFunds({ admission }: Pick<CallDeps, 'admission'>, account: Account): void {
  const reserved = admission === 'strict' ? account.heldUsdMicros : 0
  if (account.balanceUsdMicros > reserved) return
  throw account.balanceUsdMicros > 0 ? tooLittleFree() : nothingLeft()
}

function nothingLeft(): ServiceError {
  return new ServiceError(
    'payment-required',
    'Payment Required: your credits are used up. Please add credits to go on.',
  )
}

function tooLittleFree(): ServiceError {
  return new ServiceError(
    'payment-required',
    'Payment Required: your credits, without what your running calls reserve, do not cover this call. Please add credits, or wait for those calls.',
  )
}

interface CallEnd {
  readonly outcome: 'succeeded' | 'failed'
  readonly price: PricedCall
  readonly usage: Usage
  readonly job?: PartnerJob | null
  readonly problem?: HoldProblem
}

function failed({ model }: PricedCall, problem?: HoldProblem): CallEnd {
  const end = { outcome: 'failed', price: { usdMicros: 0, model }, usage: {} } as const
  return problem === undefined ? end : { ...end, problem }
}

/** Reserves the estimate and returns the function that settles it. */
async function openCall(
  deps: CallDeps,
  { account, madeBy }: Payer,
  { product, jobId, nodeType, terms }: PaidCall,
  estimate: PricedCall,
): Promise<{ id: string; settle: (end: CallEnd) => Promise<SettledCall> }> {
  const about = { id: randomUUID(), accountId: account.id, jobId, path: product.path }
  const startedAt = performance.now()
  const estimateUsdMicros = estimate.usdMicros
  const hold = { ...about, ...madeBy, nodeType, terms, estimateUsdMicros }
  const opened = await openHoldPatiently(deps.db, deps, hold)
  if (opened === 'busy') throw tooManyAtOnce()
  if (opened === 'unfunded') throw deps.admission === 'strict' ? tooLittleFree() : nothingLeft()
  async function settle(end: CallEnd): Promise<SettledCall> {
    const settled = await settleCallPatiently(deps, {
      id: about.id,
      accountId: about.accountId,
      priceUsdMicros: end.price.usdMicros,
      usage: describeUsage(product, end, Math.round(performance.now() - startedAt)),
      job: end.job ?? null,
      ...(end.problem !== undefined && { problem: end.problem }),
    })
    reportProblem(deps.log, { ...about, ...end, ...settled })
    return settled
  }
  return { id: about.id, settle }
}

/** What a call's event says; `durationMs` null where nobody knows. */
export function describeUsage(
  { apiName }: Pick<Product, 'apiName'>,
  { price, outcome, usage }: Pick<CallEnd, 'price' | 'outcome' | 'usage'>,
  durationMs: number | null,
) {
  return {
    api_name: apiName,
    model: price.model,
    outcome,
    ...(durationMs !== null && { duration_ms: durationMs }),
    ...(typeof usage.input_tokens === 'number' && { input_tokens: usage.input_tokens }),
    ...(typeof usage.output_tokens === 'number' && { output_tokens: usage.output_tokens }),
  }
}

/** An alarm for each hold that a person must look at, which `npm run admin -- holds` lists. */
export function reportProblem(
  log: Logger,
  about: SettledCall & {
    readonly id: string
    readonly accountId: string
    readonly problem?: HoldProblem
  },
): void {
  if (about.excessUsdMicros > 0) {
    log.error(about, 'A partner reports more than this call may cost; the rest was not charged.')
  } else if (about.problem !== undefined) {
    log.warn(about, 'A partner may have worked for a call that was not charged.')
  }
}

/** Throws UnansweredCall for an answer that nobody can price. */
export function usageOf({ usage }: ReadAnswer): Usage {
  if (usage !== null) return usage
  throw new UnansweredCall('partner-failed', 'The partner gave an answer that cannot be read.')
}

/** What the partner works on from now on, if it says so. */
export function jobIn(path: string, { jobId }: ReadAnswer): PartnerJob | null {
  return jobId === null ? null : { path, id: jobId }
}
