import { ServiceError } from '../errors.ts'

export interface PartnerAnswer {
  readonly status: number
  readonly json: unknown
  readonly retryAfter: string | null
}

export interface PartnerRequest {
  readonly method: 'GET' | 'POST'
  /** Path and, for a poll, the query. */
  readonly path: string
  readonly body?: string
}

/** The longest a partner may take for one call. */
export const PARTNER_TIMEOUT_MS = 120_000

/**
 * Statuses that concern us, not the person. A node that got one would ask the person to log in or to
 * pay.
 */
const ownFaults: ReadonlySet<number> = new Set([401, 402, 403, 407])

/**
 * Sends JSON to the partner, and none of the caller's headers: no credentials and no hop-by-hop
 * headers. Rejects with `partner-failed` if there is no usable answer.
 */
export async function callPartner(
  baseUrl: string,
  request: PartnerRequest,
  stopped: AbortSignal,
): Promise<PartnerAnswer> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(PARTNER_TIMEOUT_MS)])
  try {
    const response = await fetch(baseUrl + request.path, {
      method: request.method,
      // A redirect could lead anywhere; partners' interfaces do not redirect.
      redirect: 'error',
      signal,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
      ...(request.body !== undefined && { body: request.body }),
    })
    const json: unknown = await response.json()
    if (ownFaults.has(response.status)) {
      throw new ServiceError('partner-failed', 'The partner refused this service. Try again later.')
    }
    return { status: response.status, json, retryAfter: response.headers.get('retry-after') }
  } catch (error) {
    if (error instanceof ServiceError) throw error
    const late = error instanceof Error && error.name === 'TimeoutError'
    throw new ServiceError(
      'partner-failed',
      late
        ? 'The partner did not answer in time. Nothing was charged.'
        : 'The partner did not give a usable answer. Nothing was charged.',
      { status: late ? 504 : 502, cause: error },
    )
  }
}
