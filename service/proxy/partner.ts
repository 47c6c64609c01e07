import { ServiceError } from '../errors.ts'
import { bounded, gather } from '../http/gather.ts'
import type { CallReader } from './call-reader.ts'
import type { ReadAnswer } from './call-tasks.ts'

/** How partners are reached. */
export interface PartnerDeps {
  readonly partnerBaseUrl: string
  readonly reader: CallReader
  /** Aborted when the service ends and cannot wait any longer. */
  readonly stopped: AbortSignal
}

export interface PartnerAnswer extends ReadAnswer {
  readonly status: number
  readonly retryAfter: string | null
}

export interface PartnerRequest {
  readonly method: 'GET' | 'POST'
  /** Path and, for a poll, the query. */
  readonly path: string
  readonly body?: Uint8Array<ArrayBuffer>
  /** Names the call at the partner, so that we can ask about it later. */
  readonly key?: string
}

/** The longest a partner may take for one call. */
export const PARTNER_TIMEOUT_MS = 120_000

/**
 * Statuses that concern us, not the person. A node that got one would ask the person to log in or to
 * pay.
 */
const ownFaults: ReadonlySet<number> = new Set([401, 402, 403, 407])

/**
 * More than four pictures of 12 MB in base64. A few megabytes of gzip unpack to gigabytes, so this is
 * counted as it arrives, unpacked.
 */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** A `partner-failed` of a call that reached the partner, who may have worked for it. */
export class UnansweredCall extends ServiceError {}

/**
 * Sends JSON to the partner, and none of the caller's headers: no credentials and no hop-by-hop
 * headers. Rejects with `partner-failed` if there is no usable answer.
 */
export async function callPartner(
  { partnerBaseUrl, reader, stopped }: PartnerDeps,
  request: PartnerRequest,
): Promise<PartnerAnswer> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(PARTNER_TIMEOUT_MS)])
  try {
    const response = await fetch(partnerBaseUrl + request.path, {
      method: request.method,
      // A redirect could lead anywhere; partners' interfaces do not redirect.
      redirect: 'error',
      signal,
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/json',
        ...(request.key !== undefined && { 'Idempotency-Key': request.key }),
      },
      ...(request.body !== undefined && { body: request.body }),
    })
    const answer = await reader.answer(await bytesOf(response))
    if (answer === null) throw new SyntaxError('The answer is not JSON.')
    if (!isDefinite(response.status))
      throw new RangeError(`Status ${response.status} says nothing.`)
    if (ownFaults.has(response.status)) {
      throw new ServiceError('partner-failed', 'The partner refused this service. Try again later.')
    }
    return { ...answer, status: response.status, retryAfter: response.headers.get('retry-after') }
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw failure(error)
  }
}

/** Whether it says that the work was done, or was not: no redirect, and none that HTTP does not have. */
function isDefinite(status: number): boolean {
  return (status >= 200 && status < 300) || (status >= 400 && status < 600)
}

async function bytesOf({ headers, body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array()
  const pieces = bounded(body, MAX_ANSWER_BYTES, () => new RangeError('The answer is too large.'))
  return gather(pieces, Number(headers.get('Content-Length')))
}

function failure(error: unknown): ServiceError {
  const late = error instanceof Error && error.name === 'TimeoutError'
  const Failure = neverArrived(error) ? ServiceError : UnansweredCall
  return new Failure(
    'partner-failed',
    late
      ? 'The partner did not answer in time. Nothing was charged.'
      : 'The partner did not give a usable answer. Nothing was charged.',
    { status: late ? 504 : 502, cause: error },
  )
}

/** Node's codes of a server that was not reached. */
const unreached: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

function neverArrived(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && unreached.has(cause.code)) return true
  }
  return false
}

/**
 * What the partner answered to the call with this key: `GET <product>?idempotency_key=…`. Its answer
 * as it was; `never` for a call that did not arrive; null if the partner cannot say, or not yet.
 */
export async function askAboutCall(
  deps: PartnerDeps,
  { path, key }: { readonly path: string; readonly key: string },
): Promise<PartnerAnswer | 'never' | null> {
  const query = new URLSearchParams({ idempotency_key: key }).toString()
  try {
    const request = { method: 'GET', path: `${path}?${query}` } as const
    const answer = await callPartner(deps, request)
    if (answer.status === 200) return answer
    // Any other 404 is of a partner that does not know the question.
    return answer.status === 404 && answer.unknownCall ? 'never' : null
  } catch (error) {
    if (error instanceof ServiceError) return null
    throw error
  }
}
